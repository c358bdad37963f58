"""From a number to what it is made of: districts, zones, schools, and at last the cells of the returns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from districts.access import Scope
from districts.models import Level, Unit
from reports.collection.models import Return, Value
from reports.collection.selectors.returns import Badge, badge_of
from reports.dashboards.state import State
from reports.indicators.models import Indicator
from reports.rollup.models import Boundaries
from reports.rollup.selectors import CellQuery, CellRow, list_cells, list_school_cells

from .progress import leaf_periods
from .schools import placements_of


@dataclass(frozen=True, slots=True)
class Source:
    """One cell of a return that went into a school's figure."""

    record: Return
    value: Value

    @property
    def badge(self) -> Badge:
        return badge_of(self.record)


@dataclass(frozen=True, slots=True)
class Drill:
    unit: Unit
    parent: CellRow | None
    children: list[CellRow]
    child_level: str
    sources: list[Source]

    @property
    def hidden(self) -> bool:
        return any(row.suppressed for row in self.children)


def get_drill(*, scope: Scope, unit: Unit, state: State) -> Drill:
    """The cells one level below the unit's figure; for a school the cells of returns that it came from."""
    query = CellQuery(
        indicators=[state.indicator.pk], periods=[state.period.pk], slices=[state.slice], boundaries=state.boundaries
    )
    if unit.level == Level.SCHOOL:
        own = list_school_cells(scope=scope, query=replace(query, units=[unit.pk], slices=["all"]))
        return Drill(unit, own[0] if own else None, [], "", _sources(unit, state))
    rows = list_cells(scope=scope, query=replace(query, units=[unit.pk]))
    parent = rows[0] if rows else None
    if unit.level == Level.CITY:
        query = replace(query, levels=[Level.DISTRICT])
        children = [row for row in list_cells(scope=scope, query=query) if row.expected]
        return Drill(unit, parent, children, Level.DISTRICT, [])
    return Drill(unit, parent, _schools(scope, unit, state, query), Level.SCHOOL, [])


def _schools(scope: Scope, unit: Unit, state: State, query: CellQuery) -> list[CellRow]:
    """Schools of a district, zone or group in the period and slice; the placements say which."""
    places = placements_of(unit=unit, state=state)
    schools = list(places.values_list("school_id", flat=True))
    lookup = "school__district_id" if state.boundaries == Boundaries.CURRENT else "district_id"
    districts = list(places.values_list(lookup, flat=True).distinct())
    wanted = replace(query, units=schools, slices=["all"])
    return list_school_cells(scope=scope, query=wanted, districts=districts) if schools else []


def _sources(unit: Unit, state: State) -> list[Source]:
    """The cells of the indicator's parts in the school's returns of the period or its parts, oldest first."""
    values = (
        Value.objects.filter(
            return_record__school=unit.pk,
            return_record__period__in=leaf_periods(state.period),
            indicator__in=_inputs(state.indicator),
        )
        .select_related("indicator", "return_record__form", "return_record__period", "return_record__approved_by")
        .order_by("return_record__period__end", "indicator__order")
    )
    return [Source(value.return_record, value) for value in values]


def _inputs(indicator: Indicator) -> list[int]:
    """Keys of what is typed or prefilled behind the indicator: itself, its parts, and what these are derived from."""
    parts: Sequence[int] = [pk for pk in (indicator.numerator_id, indicator.denominator_id) if pk] or [indicator.pk]
    codes = [c for row in Indicator.objects.filter(pk__in=parts) for c in _derivation_codes(row)]
    return [*parts, *Indicator.objects.filter(code__in=codes).values_list("pk", flat=True)]


def _derivation_codes(row: Indicator) -> list[str]:
    rule = row.derivation
    return list(rule.get("codes", [rule["code"]] if "code" in rule else []))
