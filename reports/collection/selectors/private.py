"""What outsiders may not read in the changes of values: counts of Party members, and what was written about them."""

from collections.abc import Sequence

from portal.audit.models import Change
from reports.indicators.models import Indicator

COLUMNS = ("number", "known_number", "remark", "verdict_reason")


def private_columns_of(changes: Sequence[Change]) -> dict[int, tuple[str, ...]]:
    """Key of the change → columns, for the values of indicators that count members; one query."""
    persons = set(Indicator.objects.filter(counts_persons=True).values_list("pk", flat=True))
    return {change.pk: COLUMNS for change in changes if change.about.get("indicator_id") in persons}
