"""What the portal knows of a school, for the forms of lower rooms: approved figures only, the latest of each."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Max, Q

from districts.access import Grant, Scope
from districts.models import Level, Role
from portal.ui.formats import show_figure
from projects.selection.known_figures import KnownFigure
from reports.indicators.models import Indicator, Period
from reports.rollup.models import Fact

from .selectors import CellQuery
from .selectors.schools import list_school_cells


def approved_figures(school_id: int, codes: Sequence[str], on: date) -> dict[str, KnownFigure]:
    """The newest approved figure of each indicator that had ended by `on`; ratios from numerator and denominator."""
    indicators = {row.pk: row for row in Indicator.objects.filter(code__in=codes)}
    parts = {pk: {pk, row.numerator_id, row.denominator_id} for pk, row in indicators.items()}
    facts = Fact.objects.filter(school_id=school_id, indicator_id__in=set().union(*parts.values()) - {None})
    newest = dict(
        facts.filter(Q(period__end__lte=on)).order_by().values_list("indicator_id").annotate(end=Max("period__end"))
    )
    # A ratio is known where both its parts are: one may be counted from records and be ahead of the other.
    ends = {pk: min((newest[part] for part in own if part in newest), default=None) for pk, own in parts.items()}
    periods = {row.pk: row for row in Period.objects.filter(end__in={end for end in ends.values() if end})}
    own = Scope(None, (Grant(0, Role.SCHOOL_CLERK, Level.SCHOOL, school_id),))
    query = CellQuery(indicators=list(indicators), periods=list(periods), units=[school_id])
    found: dict[str, KnownFigure] = {}
    for cell in list_school_cells(scope=own, query=query) if periods else []:
        indicator, period = indicators[cell.indicator_id], periods[cell.period_id]
        if cell.value is None or period.end != ends[indicator.pk] or period.kind != indicator.period_kind:
            continue
        text = show_figure(cell.value, decimals=indicator.decimals, qualifier=cell.qualifier)
        found[indicator.code] = KnownFigure(f"{text}{indicator.unit_of_measure}", period.name, period.end)
    return found
