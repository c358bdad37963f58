"""How far the returns of a period have come: in sum, and as a heat table of districts × forms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from districts.models import District, Region
from reports.collection.models import Form
from reports.collection.selectors.returns import Progress, count_progress
from reports.dashboards.state import State
from reports.indicators.models import Period, PeriodPart

STEPS = (50, 65, 80, 90, 97)
REGIONS = [Region.CORE, Region.NEW, Region.NORTHEAST, Region.SOUTHEAST, Region.DIRECT]


@dataclass(frozen=True, slots=True)
class HeatCell:
    district: District | None
    progress: Progress
    share: int | None
    css: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    form: Form
    groups: list[list[HeatCell]]
    city: HeatCell


@dataclass(frozen=True, slots=True)
class HeatUnit:
    """The same table turned for narrow screens: one district and its forms."""

    district: District
    cells: list[HeatCell]
    total: HeatCell


@dataclass(frozen=True, slots=True)
class Heat:
    regions: list[tuple[str, list[District]]]
    rows: list[HeatRow]
    units: list[HeatUnit]


@dataclass(frozen=True, slots=True)
class PeriodProgress:
    """`total` over everything asked for, `by_form` in the order of the forms, `heat` over the districts that owe."""

    total: Progress
    by_form: list[tuple[Form, Progress]]
    heat: Heat
    due: date | None


def leaf_periods(period: Period) -> list[int]:
    """The period and its parts: where returns can be."""
    return [period.pk, *PeriodPart.objects.filter(whole=period).values_list("part_id", flat=True)]


def get_progress(*, state: State, district_ids: list[int] | None = None) -> PeriodProgress:
    """Four queries, however many districts and forms there are."""
    periods = leaf_periods(state.period)
    counts = count_progress(period_ids=periods, district_ids=district_ids, today=state.is_current)
    owing = {district for district, _form in counts}
    districts = [d for d in District.objects.order_by("tile_column", "tile_row", "code") if d.pk in owing]
    forms = [f for f in Form.objects.all() if any(form == f.pk for _d, form in counts)]
    regions = [(str(r.label), found) for r in REGIONS if (found := [d for d in districts if d.region == r])]

    def cell(form: Form, district: District) -> HeatCell:
        return _cell(district, counts.get((district.pk, form.pk), Progress()), state.heat)

    def turned(district: District) -> HeatUnit:
        cells = [cell(form, district) for form in forms]
        return HeatUnit(district, cells, _cell(district, add_up(c.progress for c in cells), state.heat))

    by_form = [(f, add_up(p for (_d, form), p in counts.items() if form == f.pk)) for f in forms]
    rows = [
        HeatRow(form, [[cell(form, d) for d in found] for _name, found in regions], _cell(None, total, state.heat))
        for form, total in by_form
    ]
    units = sorted(map(turned, districts), key=lambda u: (u.total.share is None, u.total.share or 0))
    total = add_up(progress for _form, progress in by_form)
    return PeriodProgress(total, by_form, Heat(regions, rows, units), total.due)


def add_up(parts: Iterable[Progress]) -> Progress:
    total = Progress()
    for part in parts:
        total = total + part
    return total


def share_of(progress: Progress, mode: str) -> int | None:
    """Whole percent, rounded down: 100 means every single one."""
    if not progress.total:
        return None
    counted = {"handed": progress.handed_in, "approved": progress.approved, "ontime": progress.on_time}[mode]
    return 100 * counted // progress.total


def _cell(district: District | None, progress: Progress, mode: str) -> HeatCell:
    share = share_of(progress, mode)
    css = "qn" if share is None else f"q{sum(share >= step for step in STEPS)}"
    return HeatCell(district, progress, share, css)
