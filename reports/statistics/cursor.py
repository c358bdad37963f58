"""Cursors of the cells endpoint: the key of the last row, signed."""

from django.core import signing
from django.utils.translation import gettext as _

from portal.rest.problems import ParameterError
from reports.rollup.selectors.cells import Key

SALT = "reports.statistics.cursor"


def write_key(key: Key) -> str:
    return signing.dumps(list(key), salt=SALT)


def read_key(text: str) -> Key:
    try:
        return Key(*signing.loads(text, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ParameterError("cursor", _("这个游标无效，请原样使用上一页给出的 next。")) from error
