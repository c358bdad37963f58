"""What needs attention under a unit, computed from what is stored: one line a finding, each with its rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Level, Unit, Zone
from portal.ui.formats import show_day
from reports.dashboards.state import State
from reports.indicators.models import Aggregation, DefinitionChange, Direction, Indicator, Period
from reports.rollup.models import Placement
from reports.rollup.selectors import CellQuery, CellRow
from reports.rollup.selectors.cells import read_cells
from reports.rollup.selectors.suppression import hide_small
from schools.party.models import PartyOrganisation

from .progress import PeriodProgress

FALLING = 3
RECENT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` names the table on the attention page; `rows` are its lines; `schools` orders the findings."""

    kind: str
    title: str
    detail: str
    head: list[str]
    rows: list[list[Any]]
    schools: int
    url: str = ""


def get_findings(*, scope: Scope, unit: Unit, state: State, progress: PeriodProgress) -> list[Finding]:
    """Findings of a city or district, those that touch most schools first. At most ten queries."""
    found = [
        *_thin_units(progress),
        *_falling(scope, unit, state),
        *_ended_terms(unit, state),
        *_changed_definitions(state),
    ]
    return sorted(found, key=lambda finding: -finding.schools)


def _thin_units(progress: PeriodProgress) -> list[Finding]:
    """Districts of which fewer than settings.COVERAGE_MARK of the returns are approved."""
    mark = settings.COVERAGE_MARK
    thin = [
        unit
        for unit in progress.heat.units
        if unit.total.progress.total and unit.total.progress.approved < mark * unit.total.progress.total
    ]
    if not thin:
        return []
    head = [_("单元"), _("应报"), _("已审"), _("待审"), _("退回"), _("未报")]
    rows = [
        [u.district.name, p.total, p.approved, p.submitted, p.returned, p.missing]
        for u in thin
        if (p := u.total.progress)
    ]
    title = _("%(n)d 个单元已审不足 %(share)d%%") % {"n": len(thin), "share": round(100 * mark)}
    open_returns = sum(u.total.progress.total - u.total.progress.approved for u in thin)
    return [Finding("coverage", title, _names(u.district.label for u in thin), head, rows, open_returns)]


def _falling(scope: Scope, unit: Unit, state: State) -> list[Finding]:
    """Ratios that should rise and fell in each of the last two periods, in the unit's districts or zones and itself."""
    periods = list(Period.objects.filter(kind=state.period.kind, end__lte=state.period.end).order_by("-end")[:FALLING])
    if len(periods) < FALLING:
        return []
    indicators = list(Indicator.objects.filter(aggregation=Aggregation.RATIO, direction=Direction.UP))
    query = CellQuery(
        indicators=[i.pk for i in indicators],
        periods=[p.pk for p in periods],
        levels=[Level.DISTRICT] if unit.level == Level.CITY else [],
        units=[] if unit.level == Level.CITY else _self_and_zones(unit),
        slices=[state.slice],
        boundaries=state.boundaries,
    )
    stored = _lines_of(read_cells(query, visible=None))
    # Hiding takes figures away and so makes no line fall, but the city's may be shown rounded: few are left to look at.
    kept = [cell for line in stored.values() if line[0].level == Level.CITY or _is_falling(line) for cell in line]
    lines = _lines_of(hide_small(kept, scope=scope, boundaries=state.boundaries))
    names = {u.pk: u.label for u in Unit.objects.filter(pk__in={unit_id for _i, unit_id in lines})}
    return [f for i in indicators if (f := _fall_of(i, lines, periods[::-1], names))]


def _lines_of(cells: Iterable[CellRow]) -> dict[tuple[int, int], list[CellRow]]:
    """(indicator, unit) → its figures in the order of the periods."""
    lines: dict[tuple[int, int], list[CellRow]] = {}
    for cell in cells:
        if cell.value is not None and cell.reported:
            lines.setdefault((cell.indicator_id, cell.unit_id), []).append(cell)
    return lines


def _self_and_zones(unit: Unit) -> list[int]:
    return [unit.pk, *Zone.objects.filter(district=unit.pk).values_list("pk", flat=True)]


def _fall_of(
    indicator: Indicator, lines: dict[tuple[int, int], list[CellRow]], periods: list[Period], names: dict[int, str]
) -> Finding | None:
    fallen = [cells for (code, _unit), cells in lines.items() if code == indicator.pk and _is_falling(cells)]
    if not fallen:
        return None
    head = [_("单元"), *(p.name for p in periods), _("已审/应报")]
    rows: list[list[Any]] = [
        [cells[0].unit_name, *(c.value for c in cells), f"{cells[-1].reported}/{cells[-1].expected}"]
        for cells in fallen
    ]
    word = {"Q": _("季"), "H": _("个半年")}.get(periods[-1].kind, _("年"))
    title = _("%(name)s连续 2 %(word)s下降") % {"name": indicator.name, "word": word}
    return Finding(
        f"falling-{indicator.code}", title, _names(names[cells[0].unit_id] for cells in fallen), head, rows,
        sum(cells[-1].reported for cells in fallen),
    )  # fmt: skip


def _is_falling(line: list[CellRow]) -> bool:
    values: list[Any] = [cell.value for cell in line]
    return len(values) == FALLING and all(later < earlier for earlier, later in pairwise(values))


def _ended_terms(unit: Unit, state: State) -> list[Finding]:
    """Branches whose term was over by the end of the period (or is by today) and that have not elected since, by
    district (city) or one by one (district)."""
    day = min(timezone.localdate(), state.period.end)
    ended = PartyOrganisation.objects.filter(valid_to=None, school__valid_to=None, term_end__lt=day)
    if unit.level != Level.CITY:
        ended = ended.filter(**{f"school__{unit.level}": unit.pk})
        rows: list[list[Any]] = [
            [name, school, show_day(end)]
            for name, school, end in ended.order_by("term_end", "code").values_list("name", "school__name", "term_end")
        ]
        head, units = [_("党组织"), _("学校"), _("届满")], len({row[1] for row in rows})
        detail = _("涉及 %d 所学校") % units
    else:
        counted = ended.values("school__district__name").annotate(
            schools=Count("school", distinct=True), organisations=Count("pk")
        )
        rows = [
            [row["school__district__name"], row["organisations"], row["schools"]]
            for row in counted.order_by("-organisations", "school__district__code")
        ]
        head, units = [_("单元"), _("届满支部"), _("涉及学校")], sum(row[2] for row in rows)
        detail = _("涉及 %(n)d 个单元，%(schools)d 所学校") % {"n": len(rows), "schools": units}
    if not rows:
        return []
    total = len(rows) if unit.level != Level.CITY else sum(row[1] for row in rows)
    return [Finding("terms", _("%d 个支部任期届满未换届") % total, detail, head, rows, units)]


def _changed_definitions(state: State) -> list[Finding]:
    """Definitions that changed in the half year before the end of the period."""
    since = state.period.end - RECENT
    changes = DefinitionChange.objects.filter(
        effective_from__gt=since, effective_from__lte=state.period.end
    ).select_related("indicator")
    schools = Placement.objects.filter(period=state.period).count() if changes else 0
    return [
        Finding(
            f"definition-{change.pk}",
            _("“%s”口径变更") % change.indicator.name,
            _("%s起，前后数值不直接相比") % show_day(change.effective_from),
            [_("原口径"), _("新口径")],
            [[change.old, change.new]],
            schools,
            reverse("indicators:detail", args=[change.indicator.code]),
        )
        for change in changes
    ]


def _names(names: Iterable[str], most: int = 6) -> str:
    """城口、云阳、丰都 等 9 个."""
    found = list(names)
    words = "、".join(found[:most])
    return words if len(found) <= most else _("%(names)s 等 %(n)d 个") % {"names": words, "n": len(found)}
