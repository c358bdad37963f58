from collections.abc import Iterable

from django.db import transaction

from reports.indicators.calendar import Span, holds, spans_of_year
from reports.indicators.models import Period, PeriodPart


@transaction.atomic
def ensure_periods(years: Iterable[int]) -> int:
    """Create the periods of these years and what lies inside what; returns how many periods there are."""
    for year in years:
        spans = list(spans_of_year(year))
        Period.objects.bulk_create(
            [Period(code=s.code, kind=s.kind, start=s.start, end=s.end, name=s.name) for s in spans],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["kind", "start", "end", "name"],
        )
        _link(spans)
    return Period.objects.count()


def _link(spans: list[Span]) -> None:
    ids = dict(Period.objects.filter(code__in=[s.code for s in spans]).values_list("code", "pk"))
    PeriodPart.objects.bulk_create(
        [
            PeriodPart(whole_id=ids[whole.code], part_id=ids[part.code])
            for whole in spans
            for part in spans
            if holds(whole, part)
        ],
        ignore_conflicts=True,
    )
