"""The parameters of the cells endpoint: text in, keys out, every nonsense refused by name."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Level, Zone
from districts.selectors.search import visible_units
from portal.rest.pagination import MAX_LIMIT
from portal.rest.parameters import read_choice, read_choices, read_limit, read_list, read_text
from portal.rest.problems import ParameterError
from reports.rollup.models import Boundaries
from reports.rollup.selectors import CellQuery, Edition, Key, read_edition
from schools.registry.models import AreaType, Ownership, SchoolKind

from .cursor import read_key

V = TypeVar("V")

PARAMETERS = ("indicator", "unit", "level", "period", "slice", "boundaries")
AROUND_SCHOOLS = (Level.DISTRICT, Level.ZONE, Level.GROUP)
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
    """`edition` is that of everything behind the answer; it is older than the rows."""

    of_schools: bool
    query: CellQuery
    limit: int
    edition: Edition


def read_query(query: QueryDict, scope: Scope) -> Request:
    """Raises ParameterError naming the first parameter that cannot be understood.

    A unit outside the scope is as unknown as one that does not exist. A unit above the level that is asked for stands
    for those of that level within it.
    """
    units = _units(query, scope)
    levels = read_choices(query, "level", LEVELS) or [_common_level(units)]
    of_schools = Level.SCHOOL in levels
    if of_schools and len(levels) > 1:
        raise ParameterError("level", _("school 不能和其他层级一起查询，请分开查询。"))
    slices = read_choices(query, "slice", SLICES, default=["all"])
    if of_schools and slices != ["all"]:
        raise ParameterError("slice", _("学校一级没有切片，请用 slice=all。"))
    limit = read_limit(query, default=DEFAULT_LIMIT, most=MAX_LIMIT)
    boundaries = read_choice(query, "boundaries", ("period", "current"), default="period")
    edition = read_edition()
    indicators, periods = _indicators_and_periods(query, edition)
    narrowed, inside = _narrowing(units, levels, scope)
    cells = CellQuery(
        indicators=indicators,
        periods=periods,
        levels=levels,
        units=narrowed,
        inside=inside,
        slices=slices,
        boundaries=Boundaries.CURRENT if boundaries == "current" else Boundaries.PERIOD,
        after=_after(query),
        limit=limit + 1,
    )
    return Request(of_schools, cells, limit, edition)


def _units(query: QueryDict, scope: Scope) -> dict[int, str]:
    """Codes as {key: level}; those outside the scope are refused like unknown ones."""
    codes = read_list(query, "unit")
    if not codes:
        return {}
    rows = visible_units(scope).filter(code__in=codes).values_list("code", "pk", "level")
    found = {code: (pk, level) for code, pk, level in rows}
    return dict(_all_of("unit", codes, found))


def _narrowing(units: dict[int, str], levels: list[str], scope: Scope) -> tuple[list[int], list[int]]:
    """What the rows are narrowed to: units, and the districts, zones and groups whose schools are meant.

    Nothing at all means everything in the scope, as the city does for every level but its own.
    """
    whole_city = Level.CITY in units.values()
    if whole_city and Level.CITY not in levels:
        return [], []
    if Level.SCHOOL in levels:
        inside = [pk for pk, level in units.items() if level in AROUND_SCHOOLS]
        return [pk for pk in units if pk not in inside], inside
    found = list(units)
    if whole_city:
        found += visible_units(scope).filter(level__in=levels).values_list("pk", flat=True)
    elif units and Level.ZONE in levels:
        found += Zone.objects.filter(district__in=found).values_list("pk", flat=True)
    return found, []


def _indicators_and_periods(query: QueryDict, edition: Edition) -> tuple[list[int], list[int]]:
    """Keys in the order of the codes; both must be given."""
    codes = {name: read_list(query, name) for name in ("indicator", "period")}
    known = {"indicator": edition.indicators, "period": edition.calendar.codes}
    keys = {name: _all_of(name, codes[name], known[name]) for name in codes}
    for name, example in (("indicator", "L08"), ("period", "2024")):
        if not keys[name]:
            raise ParameterError(name, _("请给出至少一个代码，例如 %s。") % example)
    return keys["indicator"], keys["period"]


def _all_of(name: str, codes: list[str], found: dict[str, V]) -> list[V]:
    """What was found for each code; an unknown one is refused."""
    unknown = [code for code in codes if code not in found]
    if unknown:
        raise ParameterError(name, _("没有代码 %s，或不在您的范围内。") % unknown[0][:60])
    return [found[code] for code in codes]


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
