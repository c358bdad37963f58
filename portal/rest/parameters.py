"""Reading query parameters strictly: what is not understood is refused by name, never ignored."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from .problems import ParameterError

if TYPE_CHECKING:
    from django.db.models import QuerySet

MAX_LIST = 1000
MAX_LENGTH = 20_000
# Read by DRF's content negotiation and by the pagination, on every list.
COMMON = frozenset({"cursor", "limit", "format", "fields"})


def refuse_unknown(query: QueryDict, known: Iterable[str]) -> None:
    """Raise ParameterError for a parameter that the endpoint does not have (a typing error, mostly)."""
    allowed = COMMON | set(known)
    for name in query:
        if name not in allowed:
            raise ParameterError(name[:60], _("没有这个参数。可用的参数：%s。") % "、".join(sorted(allowed)))


def read_text(query: QueryDict, name: str, default: str = "") -> str:
    """One value without NUL and of sane length."""
    values = query.getlist(name)
    if len(values) > 1:
        raise ParameterError(name, _("这个参数只能出现一次。"))
    text = values[0].strip() if values else default
    if "\0" in text:
        raise ParameterError(name, _("参数里有不允许的字符（NUL）。"))
    if len(text) > MAX_LENGTH:
        raise ParameterError(name, _("参数过长。"))
    return text


def read_list(query: QueryDict, name: str, *, at_most: int = MAX_LIST) -> list[str]:
    """Values given as `a,b` or as a repeated parameter, in order and without repetition."""
    texts = query.getlist(name)
    if sum(map(len, texts)) > MAX_LENGTH:
        raise ParameterError(name, _("参数过长，一次最多 %d 个值。") % at_most)
    if any("\0" in text for text in texts):
        raise ParameterError(name, _("参数里有不允许的字符（NUL）。"))
    values = list(dict.fromkeys(part.strip() for text in texts for part in text.split(",")))
    if texts and "" in values:
        raise ParameterError(name, _("列表里有空值，请用英文逗号分隔代码。"))
    if len(values) > at_most:
        raise ParameterError(
            name, _("一次最多 %(most)d 个值，收到 %(got)d 个。") % {"most": at_most, "got": len(values)}
        )
    return values


def read_known(query: QueryDict, name: str, rows: "QuerySet[Any]") -> list[str]:
    """Codes that must all be among the rows: an answer without what was misspelt looks complete and is not."""
    codes = read_list(query, name)
    refuse_others(name, codes, rows.filter(code__in=codes).values_list("code", flat=True) if codes else ())
    return codes


def refuse_others(name: str, codes: Iterable[str], known: Iterable[str]) -> None:
    """Raise ParameterError for the first code that is not known (or outside the scope, which is told apart nowhere)."""
    found = set(known)
    if unknown := next((code for code in codes if code not in found), None):
        raise ParameterError(name, _("没有代码 %s，或不在您的范围内。") % unknown[:60])


def read_numbers(query: QueryDict, name: str) -> list[int]:
    """A list of the numbers by which other answers name things."""
    values = read_list(query, name)
    bad = next((value for value in values if not (value.isascii() and value.isdigit() and len(value) < 10)), None)
    if bad is not None:
        raise ParameterError(name, _("“%s”不是编号。") % bad[:60])
    return [int(value) for value in values]


def read_choices(query: QueryDict, name: str, choices: Collection[str], *, default: Iterable[str] = ()) -> list[str]:
    """A list whose members must all be known."""
    values = read_list(query, name) or list(default)
    unknown = [value for value in values if value not in choices]
    if unknown:
        raise ParameterError(
            name,
            _("不认识的值 %(bad)s。可用的值：%(good)s。")
            % {"bad": unknown[0][:60], "good": "、".join(sorted(choices))},
        )
    return values


def read_choice(query: QueryDict, name: str, choices: Collection[str], default: str) -> str:
    values = read_choices(query, name, choices, default=[default])
    if len(values) > 1:
        raise ParameterError(name, _("这个参数只能有一个值。"))
    return values[0]


def read_limit(query: QueryDict, *, default: int, most: int) -> int:
    text = read_text(query, "limit")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or not 1 <= int(text) <= most:
        raise ParameterError("limit", _("请给出 1 至 %d 之间的整数。") % most)
    return int(text)
