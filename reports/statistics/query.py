"""The parameters of the cells endpoint: text in, keys out, every nonsense refused by name."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Level
from districts.selectors.search import visible_units
from portal.rest.pagination import MAX_LIMIT
from portal.rest.parameters import read_choice, read_choices, read_limit, read_list, read_text
from portal.rest.problems import ParameterError
from reports.indicators.models import Indicator, Period
from reports.rollup.models import Boundaries
from reports.rollup.selectors import CellQuery, Key
from schools.registry.models import AreaType, Ownership, SchoolKind

from .cursor import read_key

PARAMETERS = ("indicator", "unit", "level", "period", "slice", "boundaries")
LEVELS = (Level.CITY, Level.DISTRICT, Level.ZONE, Level.GROUP, Level.SCHOOL)
SLICES = frozenset(
    ["all"]
    + [f"kind:{kind}" for kind in SchoolKind.values]
    + [f"area:{area}" for area in AreaType.values]
    + [f"ownership:{ownership}" for ownership in Ownership.values]
)
DEFAULT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Request:
    of_schools: bool
    query: CellQuery
    limit: int


def read_query(query: QueryDict, scope: Scope) -> Request:
    """Raises ParameterError naming the first parameter that cannot be understood.

    A unit outside the scope is as unknown as one that does not exist.
    """
    units = _keys(query, "unit", visible_units(scope), "level")
    levels = read_choices(query, "level", LEVELS) or [_common_level(units)]
    of_schools = Level.SCHOOL in levels
    if of_schools and len(levels) > 1:
        raise ParameterError("level", _("school 不能和其他层级一起查询，请分开查询。"))
    slices = read_choices(query, "slice", SLICES, default=["all"])
    if of_schools and slices != ["all"]:
        raise ParameterError("slice", _("学校一级没有切片，请用 slice=all。"))
    limit = read_limit(query, default=DEFAULT_LIMIT, most=MAX_LIMIT)
    boundaries = read_choice(query, "boundaries", ("period", "current"), default="period")
    cells = CellQuery(
        indicators=_required(_keys(query, "indicator", Indicator.objects.all()), "indicator"),
        periods=_required(_keys(query, "period", Period.objects.all()), "period"),
        levels=levels,
        units=list(units),
        slices=slices,
        boundaries=Boundaries.CURRENT if boundaries == "current" else Boundaries.PERIOD,
        after=_after(query),
        limit=limit + 1,
    )
    return Request(of_schools, cells, limit)


def _keys(query: QueryDict, name: str, known: QuerySet[Any], extra: str = "pk") -> dict[int, Any]:
    """Codes of one parameter as {key: extra}; an unknown code is refused."""
    codes = read_list(query, name)
    if not codes:
        return {}
    found = {code: (pk, more) for code, pk, more in known.filter(code__in=codes).values_list("code", "pk", extra)}
    unknown = [code for code in codes if code not in found]
    if unknown:
        raise ParameterError(name, _("没有代码 %s，或不在您的范围内。") % unknown[0][:60])
    return dict(found[code] for code in codes)


def _required(keys: dict[int, str], name: str) -> list[int]:
    if not keys:
        raise ParameterError(name, _("请给出至少一个代码，例如 %s。") % {"indicator": "L08", "period": "2024"}[name])
    return list(keys)


def _common_level(units: dict[int, Any]) -> str:
    levels = set(units.values())
    if len(levels) > 1:
        raise ParameterError("unit", _("这些单位不在同一层级，请分开查询，或用 level 指定。"))
    level = levels.pop() if levels else Level.CITY
    if level not in LEVELS:
        raise ParameterError("unit", _("党组织没有统计数据，请用学校代码。"))
    return str(level)


def _after(query: QueryDict) -> Key | None:
    text = read_text(query, "cursor")
    return read_key(text) if text else None
