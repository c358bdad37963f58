"""Uploaded files: what they really are, and the text that stands in them and around them."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

import filetype
from defusedxml import ElementTree
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from portal.workflow.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_NAME = 120
# Suffix → media types that `filetype` may find in such a file.
ALLOWED: dict[str, str] = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
ZIPPED = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
PICTURES = (".jpg", ".jpeg", ".png")
# Where Office keeps who wrote it, for whom, and what it is called.
PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")


@dataclass(frozen=True, slots=True)
class Accepted:
    name: str
    size: int
    digest: str
    media_type: str
    content: bytes


def accept(upload: UploadedFile) -> Accepted:
    """The file if it may come in. DomainError `file_size`, `file_kind`, `file_macro`, `file_bomb`, `file_empty`."""
    suffix = PurePath(upload.name or "").suffix.lower()
    if suffix not in ALLOWED:
        raise DomainError("file_kind", _("只收 PDF、Word（docx）、Excel（xlsx）和 JPG、PNG 图片。"), field="file")
    if not upload.size:
        raise DomainError("file_empty", _("文件是空的。"), field="file")
    if upload.size > MAX_BYTES:
        raise DomainError("file_size", _("文件超过 20 MB，请压缩后再传。"), field="file")
    content = upload.read()
    _check_kind(suffix, content)
    return Accepted(
        safe_name(upload.name or ""), len(content), hashlib.sha256(content).hexdigest(), ALLOWED[suffix], content
    )


def safe_name(name: str) -> str:
    """The last part of the name without control characters, at most 120 long, its suffix kept."""
    path = PurePath(name.replace("\\", "/"))
    stem = "".join(c for c in path.stem if c.isprintable() and c not in '<>:"/|?*').strip(" .") or "附件"
    return f"{stem[: MAX_NAME - len(path.suffix)]}{path.suffix.lower()}"


def _check_kind(suffix: str, content: bytes) -> None:
    if suffix in ZIPPED:
        _check_office(suffix, content)
        return
    found = filetype.guess(content)
    if found is None or found.mime != ALLOWED[suffix]:
        raise DomainError("file_kind", _("文件内容与扩展名不符，请另存为正确的格式后再传。"), field="file")


def _check_office(suffix: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise DomainError("file_kind", _("文件打不开，可能已损坏或加了密码。"), field="file") from None
    if ZIPPED[suffix] not in names:
        raise DomainError("file_kind", _("文件内容与扩展名不符，请另存为正确的格式后再传。"), field="file")
    if any("vbaProject" in name for name in names):
        raise DomainError("file_macro", _("文件里有宏，请另存为不含宏的格式后再传。"), field="file")
    if unpacked > MAX_UNPACKED:
        raise DomainError("file_bomb", _("文件解开后过大，请精简后再传。"), field="file")


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
