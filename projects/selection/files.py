"""The text that stands in uploaded files and around them. What may come in at all is said in portal.uploads."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from defusedxml import ElementTree
from django.utils.translation import gettext as _

from portal.uploads import ALLOWED, MAX_BYTES, MAX_NAME, ZIPPED, Accepted, accept, safe_name

__all__ = ["ALLOWED", "MAX_BYTES", "MAX_NAME", "Accepted", "Readable", "accept", "read_text", "safe_name"]

PICTURES = (".jpg", ".jpeg", ".png")
# Where Office keeps who wrote it, for whom, and what it is called.
PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")


@dataclass(frozen=True, slots=True)
class Readable:
    """Text by place (正文, 文档属性 …); None means: cannot be read by a program (a picture, a scan)."""

    places: dict[str, str] | None


def read_text(name: str, content: bytes) -> Readable:
    """All text of the file, with its properties. Broken files count as unreadable, never as clean."""
    suffix = PurePath(name).suffix.lower()
    if suffix in PICTURES:
        return Readable(None)
    try:
        return Readable(_office_text(content) if suffix in ZIPPED else _pdf_text(content))
    except Exception:  # whatever a library says about a broken document: a person must look
        return Readable(None)


def _office_text(content: bytes) -> dict[str, str]:
    body: list[str] = []
    properties: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(name.startswith(("word/media/", "xl/media/")) for name in archive.namelist()):
            raise ValueError("pictures inside: a person must look")
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                text = _xml_text(archive.read(name))
                (properties if name in PROPERTIES else body).append(text)
    return {_("正文"): "\n".join(body), _("文档属性"): "\n".join(properties)}


def _xml_text(content: bytes) -> str:
    """Text and attribute values; runs of a paragraph are joined, so that a name split over runs is found."""
    pieces: list[str] = []
    for element in ElementTree.fromstring(content).iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag in ("p", "row", "si", "c"):
            pieces.append("\n")
        pieces.append(element.text or "")
        if tag not in ("r", "t", "p", "rPr", "pPr"):
            pieces += [f"\n{value}" for value in element.attrib.values() if len(value) > 1 and not value.isascii()]
    return "".join(pieces)


def _pdf_text(content: bytes) -> dict[str, str]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise ValueError("encrypted")
    pages = [page.extract_text() or "" for page in reader.pages]
    if not any(text.strip() for text in pages) or any(page.images for page in reader.pages):
        raise ValueError("scanned, or pictures inside: a person must look")
    properties = "\n".join(str(value) for value in (reader.metadata or {}).values())
    if (stream := reader.root_object.get("/Metadata")) is not None:
        properties += "\n" + _xml_text(stream.get_object().get_data())
    return {_("正文"): "\n".join(pages), _("文档属性"): properties}
