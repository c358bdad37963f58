"""What other rooms must hear of a change here, in the transaction of the change."""

from collections.abc import Iterable

from districts.models import Journal

TOPIC = "school.leaders"


def leave_notes(school_ids: Iterable[int]) -> None:
    """The roll-up derives the indicators of these schools anew."""
    Journal.objects.bulk_create([Journal(topic=TOPIC, unit_id=pk) for pk in sorted(set(school_ids))])
