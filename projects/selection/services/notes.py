"""What other rooms must hear of a step of an application, in the transaction of the step."""

from collections.abc import Iterable

from districts.models import Journal
from projects.selection.models import Application


def leave_notes(applications: Iterable[Application]) -> None:
    """Who applied, was recommended and was chosen is counted; the roll-up counts these schools anew."""
    schools = sorted({row.school_id for row in applications})
    Journal.objects.bulk_create([Journal(topic="school.application", unit_id=pk) for pk in schools])
