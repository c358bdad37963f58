"""The schools under a unit, one line each: who they are, a few figures, how far their returns are, what to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
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
from schools.party.models import PartyOrganisationKind
from schools.registry.models import School

from .progress import leaf_periods

MEMBERS = "X01"
SOON = timedelta(days=180)
FILTERS = (("all", "全部"), ("hints", "有提示"), ("missing", "未报"))
# The organisations are named to the second table as a list: a district has hundreds of the city's fifteen thousand
# units, and PostgreSQL would read them all.
PARTY = """
SELECT o.school_id, min(o.term_end), count(*) FILTER (WHERE o.term_end < %(today)s),
    array_agg(o.kind ORDER BY u.code) FILTER (WHERE o.parent_id IS NULL)
FROM party_partyorganisation o JOIN districts_unit u ON u.id = o.unit_id
WHERE o.school_id = ANY(%(schools)s::bigint[]) AND u.valid_to IS NULL
    AND u.id = ANY(ARRAY(SELECT unit_id FROM party_partyorganisation WHERE school_id = ANY(%(schools)s::bigint[])))
GROUP BY o.school_id"""


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """What places a school in the order. `weight`: the more is open, the earlier.

    Its words are for the few that are shown, and made when they are.
    """

    school_id: int
    code: str
    returns: Mapping[str, Any] | None
    party: Mapping[str, Any] | None
    reasons: tuple[str, ...]
    is_missing: bool
    weight: int

    @property
    def organisation(self) -> str:
        """Kind of the highest Party organisation of the school."""
        kinds = self.party and self.party["kinds"]
        return str(PartyOrganisationKind(kinds[0]).label) if kinds else ""

    @property
    def badge(self) -> Badge | None:
        return _badge(self.returns)

    @property
    def hints(self) -> list[str]:
        return [_hint(reason, self.returns or {}, self.party or {}) for reason in self.reasons]


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
    """Schools that the unit had in the period (or has today), filtered and in order; three queries at any number."""
    places = School.objects.filter(pk__in=placements_of(unit=unit, state=state).values("school_id"))
    if words := text.replace("\0", "").strip():
        places = places.filter(matching(words))
    codes = dict(places.order_by("code").values_list("pk", "code"))
    today = timezone.localdate()
    returns, party = _returns(state, list(codes), today), _party(list(codes), today)
    lines = [_line(pk, code, returns.get(pk), party.get(pk), today) for pk, code in codes.items()]
    lines.sort(key=lambda line: (-line.weight, line.code))
    groups = {
        "all": lines,
        "hints": [line for line in lines if line.reasons],
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


def _returns(state: State, ids: list[int], today: date) -> dict[int, Mapping[str, Any]]:
    """school → how many of its returns of the period stand where, and the nearest days; one query."""
    late = Q(status=ReturnStatus.DRAFT, closes_on__lt=today)
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


def _party(ids: list[int], today: date) -> dict[int, Mapping[str, Any]]:
    """school → kinds of its highest organisations, and the earliest end of a term of its branches; one query."""
    with connection.cursor() as cursor:
        cursor.execute(PARTY, {"schools": ids, "today": today})
        return {row[0]: dict(zip(("first", "late", "kinds"), row[1:], strict=True)) for row in cursor.fetchall()}


def _line(
    school_id: int, code: str, returns: Mapping[str, Any] | None, party: Mapping[str, Any] | None, today: date
) -> SchoolLine:
    reasons = _reasons(returns, party, today)
    missing = bool(returns and returns["missing"])
    return SchoolLine(school_id, code, returns, party, reasons, missing, _weight(returns) + len(reasons))


def _weight(returns: Mapping[str, Any] | None) -> int:
    """How much the most open of the returns weighs."""
    for weight, name in ((400, "returned"), (300, "missing"), (200, "submitted")):
        if returns and returns[name]:
            return int(weight + returns[name])
    return 0


def _badge(returns: Mapping[str, Any] | None) -> Badge | None:
    """What of the returns is most open."""
    if not returns:
        return None
    if n := returns["returned"]:
        return Badge("back", "arrow-back-up", _("退回 %d 张") % n)
    if n := returns["missing"]:
        word = _("逾期未报 %d 张") if returns["late"] else _("未报 %d 张")
        return Badge("short", "alert-triangle", word % n)
    if n := returns["submitted"]:
        return Badge("waiting", "clock", _("待审 %d 张") % n)
    return Badge("done", "check", _("已通过"))


def _reasons(returns: Mapping[str, Any] | None, party: Mapping[str, Any] | None, today: date) -> tuple[str, ...]:
    """Why a school is to be looked at: a return is due, a term is over or ends soon."""
    found = ["due"] if returns and returns["due"] and not returns["late"] else []
    if party and party["late"]:
        found.append("over")
    elif party and party["first"] and today <= party["first"] <= today + SOON:
        found.append("ending")
    return tuple(found)


def _hint(reason: str, returns: Mapping[str, Any], party: Mapping[str, Any]) -> str:
    if reason == "due":
        left = show_left(returns["due"])
        return left if returns["due"] < timezone.localdate() else _("截止") + left
    if reason == "over":
        return _("%d 个支部任期届满") % party["late"]
    return _("支部%s届满") % show_day(party["first"])
