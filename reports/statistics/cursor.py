"""Cursors of the cells endpoint: the key of the last row, signed."""

from django.core import signing
from django.utils.translation import gettext as _

from portal.rest.problems import ParameterError
from reports.rollup.selectors import Key

# Without a time in it: the same page has the same `next`, and with it the same ETag.
SIGNER = signing.Signer(salt="reports.statistics.cursor")


def write_key(key: Key) -> str:
    return SIGNER.sign_object(list(key))


def read_key(text: str) -> Key:
    try:
        return Key(*SIGNER.unsign_object(text))
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ParameterError("cursor", _("这个游标无效，请原样使用上一页给出的 next。")) from error
