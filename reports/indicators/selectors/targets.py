"""Targets as tables: what a unit has set, and what a district without its own takes from the city."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from districts.access import Scope
from districts.models import Level, Unit
from portal.audit.models import Change
from portal.audit.selectors import Entry, Filters, describe, select_changes
from reports.indicators.models import Direction, Indicator, Period, PeriodKind, Target

SUBJECT = "indicators.target"
HISTORY = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One place of the table. `own` is what the unit set, `city` what holds where it set nothing."""

    unit: Unit
    indicator: Indicator
    own: Decimal | None
    city: Decimal | None
    source: str

    @property
    def key(self) -> str:
        """Name of the input."""
        return f"{self.unit.code}.{self.indicator.code}"

    @property
    def text(self) -> str:
        return "" if self.own is None else f"{self.own.normalize():f}"

    @property
    def placeholder(self) -> str:
        return "" if self.city is None or self.unit.level == Level.CITY else f"{self.city.normalize():f}"


def list_years() -> list[int]:
    return [
        int(code)
        for code in Period.objects.filter(kind=PeriodKind.YEAR).order_by("code").values_list("code", flat=True)
    ]


def list_target_units(*, scope: Scope) -> list[Unit]:
    """Units whose targets the scope may look at: the city and its districts of today, or the own district."""
    units = Unit.objects.filter(level__in=[Level.CITY, Level.DISTRICT], valid_to=None)
    if not scope.sees_city:
        units = units.filter(pk__in=scope.unit_ids(Level.DISTRICT))
    # The city first.
    return sorted(units, key=lambda unit: (unit.level != Level.CITY, unit.code))


def list_target_indicators() -> list[Indicator]:
    """Indicators that may have a target: of the 80, those of which more or less is better."""
    rows = Indicator.objects.filter(is_element=False).exclude(direction=Direction.NONE)
    return [row for row in rows.select_related("programme") if not row.choices]


def list_lines(*, units: Sequence[Unit], indicators: Sequence[Indicator], year: int) -> list[Line]:
    """Every unit by every indicator; one query, whatever the number of places."""
    targets = Target.objects.filter(period__code=str(year), indicator__in=indicators).filter(
        Q(unit__in=units) | Q(unit__level=Level.CITY)
    )
    own = {}
    city = {}
    for target in targets.select_related("unit"):
        own[target.unit_id, target.indicator_id] = target
        if target.unit.level == Level.CITY:
            city[target.indicator_id] = target.value
    return [
        _line(unit, indicator, own.get((unit.pk, indicator.pk)), city) for unit in units for indicator in indicators
    ]


def _line(unit: Unit, indicator: Indicator, target: Target | None, city: dict[int, Decimal]) -> Line:
    value, source = (target.value, target.source) if target else (None, "")
    return Line(unit, indicator, value, city.get(indicator.pk), source)


def list_target_changes(*, units: Iterable[Unit], indicator: Indicator | None = None) -> list[Entry]:
    """The last changes of the targets of these units, newest first, with who made them."""
    rows = select_changes(visible=None, filters=Filters(subject=SUBJECT, unit_ids=[unit.pk for unit in units]))
    if indicator is not None:
        rows = rows.filter(about__indicator_id=indicator.pk)
    found: list[Change] = list(rows[:HISTORY])
    return list(describe(found, outside=False))


def this_year() -> int:
    return timezone.localdate().year
