"""Uploaded files before they are kept: what they really are, how large, and under which name."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

import filetype
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
