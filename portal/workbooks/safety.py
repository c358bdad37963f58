"""Is this upload a workbook that may be opened? Asked before any library parses it.

The answer comes from the content, never from the name. `filetype` knows the families; the inside of a zip says which
member of the family it is. Sizes are measured by unpacking with a limit, because the sizes that a zip declares may lie.
"""

import io
import struct
import zipfile
import zlib

import filetype
from django.utils.translation import gettext as _

from portal.workflow.errors import DomainError

MEGABYTE = 1024 * 1024
LARGEST_UPLOAD = 10 * MEGABYTE
LARGEST_UNPACKED = 64 * MEGABYTE
LARGEST_RATIO = 200
# Small parts compress well without being a threat.
HARMLESS_PART = 2 * MEGABYTE
MOST_PARTS = 500
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCAL_HEADER = struct.Struct("<26xHH")
MACRO_PARTS = ("vbaproject.bin", "xl/macrosheets/")


def unpack_workbook(data: bytes) -> dict[str, bytes]:
    """The parts of an .xlsx file, name → content, after every check; DomainError `file_…` says what else it is."""
    if not data:
        raise DomainError("file_empty", _("文件是空的。请选择填好的 .xlsx 文件。"))
    if len(data) > LARGEST_UPLOAD:
        raise DomainError("file_too_large", _("文件超过 10 MB。一份填报表通常不到 1 MB，请用下载的模板重新填写。"))
    if data.startswith(OLE):
        raise _refused_ole(data)
    if not data.startswith(b"PK\x03\x04"):
        raise _refused_kind(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, UnicodeDecodeError, OSError) as error:
        raise _damaged() from error
    _refuse_other_members(parts, archive)
    _refuse_bomb(parts)
    return _unpack(data, parts)


def _refused_ole(data: bytes) -> DomainError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DomainError("file_encrypted", _("文件设有打开密码，平台读不了。请在 Excel 中取消密码后再上传。"))
    return DomainError("file_old_excel", _("这是旧版 Excel 文件（.xls）。请在 Excel 中另存为 .xlsx 后再上传。"))


def _refused_kind(data: bytes) -> DomainError:
    kind = filetype.guess(data)
    if kind is not None:
        return DomainError(
            "file_kind", _("这不是 Excel 文件，内容是 %s 格式。请上传从平台下载并填好的 .xlsx 文件。") % kind.extension
        )
    if _is_text(data):
        return DomainError(
            "file_text", _("这是文本文件（如 CSV），只是改了名字。请用下载的模板填写，或在 Excel 中另存为 .xlsx。")
        )
    return DomainError("file_kind", _("这不是 Excel 文件。请上传从平台下载并填好的 .xlsx 文件。"))


def _is_text(data: bytes) -> bool:
    head = data[:4096]
    if b"\0" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head[: len(head) - 4 if len(data) > 4096 else None].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _refuse_other_members(parts: list[zipfile.ZipInfo], archive: zipfile.ZipFile) -> None:
    """Relatives of .xlsx: macros, binary workbooks, OpenDocument, Word, plain archives."""
    names = [part.filename.lower() for part in parts]
    if any(mark in name for name in names for mark in MACRO_PARTS):
        raise DomainError("file_macro", _("文件带有宏（.xlsm），平台不接收。请另存为不带宏的 .xlsx 后再上传。"))
    if "xl/workbook.bin" in names:
        raise DomainError("file_binary", _("这是二进制工作簿（.xlsb）。请在 Excel 中另存为 .xlsx 后再上传。"))
    if "content.xml" in names and "mimetype" in names:
        raise DomainError("file_ods", _("这是 OpenDocument 表格（.ods）。请另存为 .xlsx 后再上传。"))
    if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
        kind = "Word" if any(name.startswith("word/") for name in names) else _("压缩包")
        raise DomainError("file_kind", _("这不是 Excel 文件，内容是%s。请上传从平台下载并填好的 .xlsx 文件。") % kind)
    if any(part.flag_bits & 1 for part in parts):
        raise DomainError("file_encrypted", _("文件设有密码，平台读不了。请取消密码后再上传。"))
    if len(set(names)) != len(names):
        raise _damaged()


def _refuse_bomb(parts: list[zipfile.ZipInfo]) -> None:
    too_dense = any(
        part.file_size > HARMLESS_PART and part.file_size > LARGEST_RATIO * max(part.compress_size, 1) for part in parts
    )
    if len(parts) > MOST_PARTS or too_dense or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise DomainError(
            "file_bomb", _("文件展开后异常地大，为安全起见没有打开。请重新下载模板，把数值粘贴进去再上传。")
        )


def _unpack(data: bytes, parts: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Unpack every part to exactly the size that it declares; a part that holds more or less is damaged or lying."""
    unpacked = {}
    for part in parts:
        header = data[part.header_offset : part.header_offset + LOCAL_HEADER.size]
        if len(header) < LOCAL_HEADER.size:
            raise _damaged()
        name, extra = LOCAL_HEADER.unpack(header)
        start = part.header_offset + LOCAL_HEADER.size + name + extra
        packed = data[start : start + part.compress_size]
        content = _inflate(packed, part)
        if len(content) != part.file_size or zlib.crc32(content) != part.CRC:
            raise _damaged()
        unpacked[part.filename] = content
    return unpacked


def _inflate(packed: bytes, part: zipfile.ZipInfo) -> bytes:
    if part.compress_type == zipfile.ZIP_STORED:
        return packed
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise _damaged()
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        # One byte more than declared is enough to see that it lies.
        return machine.decompress(packed, part.file_size + 1)
    except zlib.error as error:
        raise _damaged() from error


def _damaged() -> DomainError:
    return DomainError("file_damaged", _("文件损坏，打不开。请用 Excel 打开后另存一份，或重新下载模板填写。"))
