"""What stands in a file and around it: text, properties, comments, links, what pictures carry. For the leak check."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from defusedxml import ElementTree
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps

from .files import PICTURES, ZIPPED

# Where Office keeps who wrote it, for whom, and what it is called.
PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")
# Parts of an Office file whose whole content is XML.
MARKUP = (".xml", ".rels", ".vml")
MEDIA = ("word/media/", "xl/media/")
# A small picture of the first page, as it looked when somebody saved it: nobody sees it, and it may show a name.
THUMBNAIL = "docProps/thumbnail"
# Parts without words of the writer: embedded fonts, how to print.
MUTE = (".odttf", "printerSettings1.bin")
# Stands for a place on the earth that a picture tells: found by the leak check like a name.
GPS = "拍摄地点坐标"
# What names the thumbnail in the list of parts.
THUMBNAIL_LINK = re.compile(rb"<Relationship [^>]*/metadata/thumbnail\"[^>]*/>")
# A field of a PDF that names no thing but a way to draw it.
DRAWING = ("/FontFile", "/FontFile2", "/FontFile3", "/ToUnicode", "/Length")


@dataclass(frozen=True, slots=True)
class Readable:
    """Text by place (正文, 文档属性 …). `unseen`: there is something that only a person can look at."""

    places: dict[str, str] = field(default_factory=dict)
    unseen: bool = False


def read_text(name: str, content: bytes) -> Readable:
    """All that a program can read of the file. A broken file is unseen, never clean."""
    suffix = PurePath(name).suffix.lower()
    try:
        if suffix in PICTURES:
            # A person looks at the picture; what it carries beside it is taken off when it is cleared.
            return Readable(unseen=True)
        return _office_text(content) if suffix in ZIPPED else _pdf_text(content)
    except Exception:  # whatever a library says about a broken document: a person must look
        return Readable(unseen=True)


def _office_text(content: bytes) -> Readable:
    body: list[str] = []
    properties: list[str] = []
    unseen = False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith("/") or name.endswith(MUTE):
                continue
            if name.endswith(MARKUP):
                (properties if name in PROPERTIES else body).append(_xml_text(archive.read(name)))
                continue
            # A picture is looked at by a person; what it carries beside the picture nobody sees.
            # Anything else (an embedded workbook, an object) is not read by this program at all.
            unseen = True
            if name.startswith(MEDIA):
                properties.append(_picture_or_nothing(archive.read(name)))
    return Readable({_("正文"): "\n".join(body), _("文档属性"): "\n".join(properties)}, unseen)


def _xml_text(content: bytes) -> str:
    """Text and attribute values; runs of a paragraph are joined, so that a name split over runs is found."""
    pieces: list[str] = []
    for element in ElementTree.fromstring(content).iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag in ("p", "row", "si", "c"):
            pieces.append("\n")
        pieces.append(element.text or "")
        if tag not in ("r", "t", "p", "rPr", "pPr"):
            pieces += [f"\n{value}" for value in element.attrib.values() if len(value) > 1]
            # So that the last value and the text of the next element are two things.
            pieces.append("\n" if element.attrib else "")
    return "".join(pieces)


def _picture_or_nothing(content: bytes) -> str:
    """What a picture inside a document carries; drawings that are no pixels carry nothing that could be read here."""
    try:
        return picture_text(content)
    except OSError:
        return ""


def picture_text(content: bytes) -> str:
    """Author, title, comments and maker's notes that a picture carries, and whether it says where it was taken."""
    with Image.open(io.BytesIO(content)) as picture:
        exif = picture.getexif()
        values = [*picture.info.values(), *exif.values()]
        for part in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.IFD1):
            values += exif.get_ifd(part).values()
        located = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return "\n".join([GPS] * located + [text for value in values for text in _spellings(value)])


def _spellings(value: Any) -> Iterator[str]:
    """A value of a picture as text: bytes in the encodings that cameras and Chinese programs use."""
    if isinstance(value, bytes):
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            yield value.decode(encoding, errors="ignore")
    elif isinstance(value, str):
        yield value
        if value.isascii():
            return
        try:
            # EXIF texts are read as Latin letters, whatever wrote them.
            yield from _spellings(value.encode("latin-1"))
        except UnicodeEncodeError:
            return


def without_thumbnail(name: str, content: bytes) -> bytes | None:
    """The Office file without the picture of its first page; None where there is none."""
    if PurePath(name).suffix.lower() not in ZIPPED:
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not any(part.startswith(THUMBNAIL) for part in archive.namelist()):
            return None
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bare:
            for part in archive.infolist():
                if not part.filename.startswith(THUMBNAIL):
                    data = archive.read(part)
                    bare.writestr(part, THUMBNAIL_LINK.sub(b"", data) if part.filename == "_rels/.rels" else data)
    return buffer.getvalue()


def without_extras(name: str, content: bytes) -> bytes | None:
    """The picture alone, upright, without anything that it carries; None for a file that is no picture.

    OSError or ValueError when it cannot be opened.
    """
    if PurePath(name).suffix.lower() not in PICTURES:
        return None
    with Image.open(io.BytesIO(content)) as opened:
        picture = ImageOps.exif_transpose(opened)
        bare = Image.new(picture.mode, picture.size)
        if picture.mode == "P" and (palette := picture.getpalette()):
            bare.putpalette(palette)
        bare.paste(picture)
        buffer = io.BytesIO()
        bare.save(buffer, format=opened.format, **({"quality": 92} if opened.format == "JPEG" else {}))
    return buffer.getvalue()


def _pdf_text(content: bytes) -> Readable:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        return Readable(unseen=True)
    pages = [page.extract_text() or "" for page in reader.pages]
    unseen = not any(text.strip() for text in pages) or any(page.images for page in reader.pages)
    # Comments, bookmarks, fields and links are strings of the objects, whatever they hang on.
    strings, embedded = _pdf_strings(reader)
    places = {_("正文"): "\n".join(pages), _("文档属性"): "\n".join(strings)}
    return Readable(places, unseen or embedded)


def _stream_text(item: Any) -> str:
    """What describes the file or one of its pictures; drawings themselves are read page by page."""
    if item.get("/Type") == "/Metadata":
        return _xml_text(item.get_data())
    if item.get("/Subtype") == "/Image" and "/DCTDecode" in str(item.get("/Filter")):
        return _picture_or_nothing(item._data)
    return ""


def _pdf_strings(reader: Any) -> tuple[list[str], bool]:
    """Every string in the objects of the file, and whether files are embedded in it."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, TextStringObject

    found: list[str] = []
    embedded = False
    seen: set[tuple[int, int]] = set()
    queue: list[Any] = [reader.trailer]
    while queue:
        item = queue.pop()
        if isinstance(item, IndirectObject):
            if (item.idnum, item.generation) in seen:
                continue
            seen.add((item.idnum, item.generation))
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            embedded = embedded or "/EF" in item or "/XFA" in item
            queue += [item.raw_get(key) for key in item if key not in DRAWING]
            found.append(_stream_text(item))
        elif isinstance(item, ArrayObject):
            queue += list(item)
        elif isinstance(item, TextStringObject):
            found.append(str(item))
    return found, embedded
