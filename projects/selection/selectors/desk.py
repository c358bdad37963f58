"""The district's desk: quota, applicants, order, reserves and reasons on one page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404

from districts.access import Scope, within
from districts.models import District, Level
from portal.workflow.models import Event
from projects.selection.models import (
    Application,
    ApplicationStatus,
    DistrictList,
    ListStatus,
    Place,
    Recommendation,
    Round,
)
from projects.selection.process import DISTRICT, LIST_PROCESS
from projects.selection.rules.access import roles_on_list


@dataclass(frozen=True, slots=True)
class DeskRow:
    application: Application
    recommendation: Recommendation | None
    may_be_listed: bool

    @property
    def choice(self) -> str:
        if self.recommendation is None:
            return "none"
        return "reserve" if self.recommendation.is_reserve else "place"


@dataclass(frozen=True, slots=True)
class Desk:
    held: DistrictList
    district: District
    rows: Sequence[DeskRow]
    unchecked: Sequence[Application]
    places: int
    used: int
    may_write: bool
    may_reopen: bool
    events: Sequence[Event]

    @property
    def free(self) -> int:
        return self.places - self.used

    @property
    def is_sent(self) -> bool:
        return self.held.status == ListStatus.SENT


def find_district(*, scope: Scope, code: str) -> District:
    """A district in the scope; Http404 otherwise."""
    found = within(District.objects.all(), scope).filter(code=code).first()
    if found is None or not (scope.sees_city or found.pk in scope.unit_ids(Level.DISTRICT)):
        raise Http404
    return found


def get_list(*, round_: Round, district: District) -> DistrictList:
    """The district's list, which exists since the round was published; Http404 otherwise."""
    found = DistrictList.objects.filter(round=round_, district=district).first()
    if found is None:
        raise Http404
    return found


def get_desk(*, scope: Scope, round_: Round, district: District) -> Desk:
    """Everything of the district in the round: on the list in its order, then the others, then what is unchecked."""
    held = get_list(round_=round_, district=district)
    cases = Application.objects.filter(round=round_, district=district).select_related(
        "school", "organisation", "office__unit", "recommendation"
    )
    shown = cases.exclude(status__in=[ApplicationStatus.DRAFT, ApplicationStatus.RETURNED, ApplicationStatus.SUBMITTED])
    rows = [
        DeskRow(a, getattr(a, "recommendation", None), a.status == ApplicationStatus.DISTRICT_REVIEW) for a in shown
    ]
    rows.sort(key=_order)
    roles = roles_on_list(scope, round_, district.pk)
    events = Event.objects.filter(process=LIST_PROCESS.name, object_id=held.pk).select_related("actor")
    return Desk(
        held, district, rows, list(cases.filter(status=ApplicationStatus.SUBMITTED)),
        Place.objects.filter(round=round_, district=district).count(),
        sum(row.choice == "place" for row in rows), DISTRICT in roles, bool(roles - {DISTRICT}), list(events),
    )  # fmt: skip


def _order(row: DeskRow) -> tuple[int, int, str]:
    group = {"place": 0, "reserve": 1, "none": 2 if row.may_be_listed else 3}[row.choice]
    return (group, row.recommendation.rank if row.recommendation else 0, row.application.school.code)
