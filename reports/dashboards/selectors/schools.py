"""The schools under a unit, one line each: who they are, a few figures, how far their returns are, what to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Level, Unit
from districts.selectors.search import matching
from portal.ui.formats import show_day, show_left
from reports.collection.models import Return, ReturnStatus
from reports.collection.selectors.returns import Badge
from reports.dashboards.state import State
from reports.indicators.models import Indicator
from reports.rollup.models import Boundaries, Placement
from reports.rollup.selectors import CellQuery, CellRow, list_school_cells
from schools.party.models import PartyOrganisation
from schools.registry.models import School

from .progress import leaf_periods

MEMBERS = "X01"
SOON = timedelta(days=180)
FILTERS = (("all", "全部"), ("hints", "有提示"), ("missing", "未报"))


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """What places a school in the order. `weight`: the more is open, the earlier."""

    school_id: int
    code: str
    organisation: str
    badge: Badge | None
    hints: list[str]
    is_missing: bool
    weight: int


@dataclass(frozen=True, slots=True)
class SchoolList:
    """`lines` after the filters, in order; `counts` of each filter before it is applied."""

    lines: list[SchoolLine]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """`cells`: members first, then the figures asked for."""

    school: School
    line: SchoolLine
    cells: list[CellRow | None]


@dataclass(frozen=True, slots=True)
class SchoolTable:
    rows: list[SchoolRow]
    members: Indicator
    indicators: list[Indicator]
    hidden: bool

    @property
    def columns(self) -> list[Indicator]:
        return [self.members, *self.indicators]


def find_schools(*, unit: Unit, state: State, chosen: str = "all", text: str = "") -> SchoolList:
    """Schools that the unit had in the period (or has today), filtered and in order; four queries at any number."""
    places = School.objects.filter(pk__in=placements_of(unit=unit, state=state).values("school_id"))
    if words := text.replace("\0", "").strip():
        places = places.filter(matching(words))
    codes = dict(places.order_by("code").values_list("pk", "code"))
    returns, party = _returns(state, list(codes)), _party(list(codes))
    lines = [_line(pk, code, returns.get(pk), party.get(pk)) for pk, code in codes.items()]
    lines.sort(key=lambda line: (-line.weight, line.code))
    groups = {
        "all": lines,
        "hints": [line for line in lines if line.hints],
        "missing": [line for line in lines if line.is_missing],
    }
    return SchoolList(groups[chosen], {name: len(group) for name, group in groups.items()})


def get_schools(
    *, scope: Scope, unit: Unit, state: State, indicators: Sequence[Indicator], lines: Sequence[SchoolLine]
) -> SchoolTable:
    """The schools of these lines with their figures; the cost grows with the lines and not with the unit."""
    ids = [line.school_id for line in lines]
    schools = School.objects.select_related("zone").in_bulk(ids)
    cells, columns = _cells(scope, state, ids, placements_of(unit=unit, state=state), indicators)
    rows = [
        SchoolRow(schools[line.school_id], line, [cells.get((line.school_id, i.pk)) for i in columns]) for line in lines
    ]
    hidden = any(cell.suppressed for cell in cells.values())
    return SchoolTable(rows, columns[0], columns[1:], hidden)


def placements_of(*, unit: Unit, state: State) -> QuerySet[Placement]:
    """Where the schools of a district, zone or group stood in the period, in the chosen slice and boundaries."""
    places = Placement.objects.filter(period=state.period)
    if state.slice != "all":
        name, value = state.slice.split(":")
        places = places.filter(**{{"kind": "kind", "area": "area_type", "ownership": "ownership"}[name]: value})
    if state.boundaries == Boundaries.CURRENT and unit.level in (Level.DISTRICT, Level.ZONE):
        return places.filter(**{f"school__{unit.level}": unit.pk})
    return places.filter(**{str(unit.level): unit.pk})


def _cells(
    scope: Scope, state: State, ids: list[int], places: QuerySet[Placement], indicators: Sequence[Indicator]
) -> tuple[dict[tuple[int, int], CellRow], list[Indicator]]:
    """(school, indicator) → figure, and the indicators of the columns with the members first."""
    members = Indicator.objects.get(code=MEMBERS)
    columns = [members, *(i for i in indicators if i.pk != members.pk)]
    if not ids:
        return {}, columns
    lookup = "school__district_id" if state.boundaries == Boundaries.CURRENT else "district_id"
    query = CellQuery(
        indicators=[i.pk for i in columns], periods=[state.period.pk], units=ids, boundaries=state.boundaries
    )
    rows = list_school_cells(scope=scope, query=query, districts=list(places.values_list(lookup, flat=True).distinct()))
    return {(row.unit_id, row.indicator_id): row for row in rows}, columns


def _returns(state: State, ids: list[int]) -> dict[int, Mapping[str, Any]]:
    """school → how many of its returns of the period stand where, and the nearest days; one query."""
    late = Q(status=ReturnStatus.DRAFT, closes_on__lt=timezone.localdate())
    rows = (
        Return.objects.filter(school__in=ids, period__in=leaf_periods(state.period))
        .values("school_id")
        .annotate(
            all=Count("pk"),
            approved=Count("pk", filter=Q(status=ReturnStatus.APPROVED)),
            submitted=Count("pk", filter=Q(status=ReturnStatus.SUBMITTED)),
            returned=Count("pk", filter=Q(status=ReturnStatus.RETURNED)),
            missing=Count("pk", filter=Q(status=ReturnStatus.DRAFT)),
            late=Count("pk", filter=late),
            due=Min("due_on", filter=Q(status=ReturnStatus.DRAFT)),
        )
        .order_by()
    )
    return {row["school_id"]: row for row in rows}


def _party(ids: list[int]) -> dict[int, Mapping[str, Any]]:
    """school → kind of its highest organisation, and the earliest end of a term of its branches; two queries."""
    living = PartyOrganisation.objects.filter(school__in=ids, valid_to=None)
    terms = living.values("school_id").annotate(
        first=Min("term_end"), late=Count("pk", filter=Q(term_end__lt=timezone.localdate())), size=Max("pk")
    )
    found: dict[int, Any] = {row["school_id"]: dict(row) for row in terms.order_by()}
    for top in living.filter(parent=None).order_by("-code"):
        found[top.school_id]["kind"] = top.get_kind_display()
    return found


def _line(school_id: int, code: str, returns: Mapping[str, Any] | None, party: Mapping[str, Any] | None) -> SchoolLine:
    badge, weight = _badge(returns)
    hints = _hints(returns, party)
    missing = bool(returns and returns["missing"])
    return SchoolLine(school_id, code, (party or {}).get("kind", ""), badge, hints, missing, weight + len(hints))


def _badge(returns: Mapping[str, Any] | None) -> tuple[Badge | None, int]:
    """What of the returns is most open, and how much that weighs."""
    if not returns:
        return None, 0
    if n := returns["returned"]:
        return Badge("back", "arrow-back-up", _("退回 %d 张") % n), 400 + n
    if n := returns["missing"]:
        word = _("逾期未报 %d 张") if returns["late"] else _("未报 %d 张")
        return Badge("short", "alert-triangle", word % n), 300 + n
    if n := returns["submitted"]:
        return Badge("waiting", "clock", _("待审 %d 张") % n), 200 + n
    return Badge("done", "check", _("已通过")), 0


def _hints(returns: Mapping[str, Any] | None, party: Mapping[str, Any] | None) -> list[str]:
    hints = []
    if returns and returns["due"] and not returns["late"]:
        left = show_left(returns["due"])
        hints.append(left if returns["due"] < timezone.localdate() else _("截止") + left)
    if party and party["late"]:
        hints.append(_("%d 个支部任期届满") % party["late"])
    elif party and party["first"] and _is_soon(party["first"]):
        hints.append(_("支部%s届满") % show_day(party["first"]))
    return hints


def _is_soon(day: date) -> bool:
    return timezone.localdate() <= day <= timezone.localdate() + SOON
