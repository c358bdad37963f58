"""Comparable schools: the same kind and area type, the nearest by number of teachers. None of them is named."""

from dataclasses import dataclass
from decimal import Decimal
from statistics import median, quantiles

from django.conf import settings
from django.utils.translation import gettext as _

from districts.models import Level, Unit
from reports.dashboards.state import State
from reports.rollup.models import Fact, Placement
from reports.rollup.selectors import CellQuery, read_school_cells
from schools.registry.models import AreaType, SchoolKind

from .scale import Scale, scale_of
from .series import Figure

TEACHERS = "X03"


@dataclass(frozen=True, slots=True)
class SchoolPeers:
    """The middle and the middle half of the group; `size` counts the schools that have a figure."""

    rule: str
    size: int
    middle: Decimal
    lower: Decimal
    upper: Decimal
    scale: Scale


def get_school_peers(*, unit: Unit, state: State, figure: Figure) -> SchoolPeers | None:
    """None for other units, for counts of persons, and where fewer than settings.COMPARABLE_MINIMUM have a figure."""
    if unit.level != Level.SCHOOL or figure.cell is None or figure.indicator.counts_persons:
        return None
    place = Placement.objects.filter(period=figure.cell.period_id, school=unit.pk).first()
    if place is None:
        return None
    group = _nearest(place)
    query = CellQuery(indicators=[state.indicator.pk], periods=[figure.cell.period_id], units=group)
    rows = read_school_cells(query) if group else []
    values = [row.value for row in rows if row.value is not None]
    if len(values) < settings.COMPARABLE_MINIMUM:
        return None
    lower, _middle, upper = quantiles(values, n=4, method="inclusive")
    rule = _("%(area)s%(kind)s，教师数最接近的 %(n)d 所") % {
        "area": AreaType(place.area_type).label, "kind": SchoolKind(place.kind).label, "n": len(values),
    }  # fmt: skip
    scale = scale_of([*values, figure.cell.value, figure.target])
    return SchoolPeers(rule, len(values), Decimal(median(values)), Decimal(lower), Decimal(upper), scale)


def _nearest(place: Placement) -> list[int]:
    """Keys of the schools, the own one left out, by the last number of teachers that was approved until then."""
    schools = Placement.objects.filter(period=place.period_id, kind=place.kind, area_type=place.area_type)
    rows = (
        Fact.objects.filter(
            indicator__code=TEACHERS, school__in=schools.values("school_id"), period__end__lte=place.period.end
        )
        .order_by("school_id", "-period__end")
        .distinct("school_id")
        .values_list("school_id", "value")
    )
    teachers = dict(rows)
    own = teachers.pop(place.school_id, None)
    if own is None:
        return []
    near = sorted(teachers, key=lambda school: (abs(teachers[school] - own), school))
    return near[: settings.COMPARABLE_SCHOOLS]
