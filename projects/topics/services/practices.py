"""Where a topic's results are applied: linked by the school for itself, by a district or the city for theirs."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.selection.models import Designation
from projects.topics.models import BEFORE, Practice, PracticeKind, Topic
from projects.topics.rules import can_link
from schools.party.models import PartyOrganisation
from schools.registry.models import School
from schools.showcase.models import Brand

from .topics import lock_topic


@dataclass(frozen=True, slots=True)
class Place:
    """Where: a school, and of it an organisation, a brand, or neither; behind which title, if any."""

    kind: str
    school: School
    organisation: PartyOrganisation | None = None
    brand: Brand | None = None
    designation: Designation | None = None


@transaction.atomic
def add_practice(*, actor: User, scope: Scope, topic_id: int, place: Place, since: date, note: str) -> Practice:
    """Link a funded topic to where it is applied. `place` must lie in the scope (the page looks it up there).

    DomainError `forbidden`, `not_funded`, `organisation`, `brand`, `designation`, `date`, `already`.
    """
    topic = lock_topic(topic_id)
    if not can_link(scope, topic):
        raise DomainError("forbidden", _("实践应用由承担学校或立项单位登记。"), status=403)
    if topic.status in BEFORE:
        raise DomainError("not_funded", _("课题立项以后才登记实践应用。"), status=409)
    _check(topic, place, since)
    brand = place.brand if place.kind == PracticeKind.BRAND else None
    unit = place.organisation if place.kind == PracticeKind.ORGANISATION else None
    try:
        with transaction.atomic():
            return Practice.objects.create(
                topic=topic, kind=place.kind, school=place.school, organisation=unit, brand=brand,
                designation=place.designation, since=since, note=note.strip(), saved_by=actor,
            )  # fmt: skip
    except IntegrityError as error:
        raise DomainError("already", _("这个单位已经登记过，还在应用。")) from error


def _check(topic: Topic, place: Place, since: date) -> None:
    if place.kind == PracticeKind.ORGANISATION and (
        place.organisation is None or place.organisation.school_id != place.school.pk
    ):
        raise DomainError("organisation", _("请选择这所学校的党组织。"), field="organisation")
    if place.kind == PracticeKind.BRAND and (place.brand is None or place.brand.school_id != place.school.pk):
        raise DomainError("brand", _("请选择这所学校的品牌；没有的，请学校先登记品牌。"), field="brand")
    if place.designation is not None and place.designation.school_id != place.school.pk:
        raise DomainError("designation", _("请选择这所学校的称号。"), field="designation")
    if topic.awarded_on is not None and not topic.awarded_on <= since <= timezone.localdate():
        raise DomainError("date", _("开始应用的日期在立项之后，不晚于今天。"), field="since")


@transaction.atomic
def end_practice(*, actor: User, scope: Scope, practice_id: int, ended_on: date) -> Practice:
    """It is no longer applied there. A second click finds what the first one wrote. DomainError `forbidden`, `date`."""
    row = Practice.objects.select_for_update(of=("self",)).select_related("topic__unit").get(pk=practice_id)
    if not can_link(scope, row.topic):
        raise DomainError("forbidden", _("实践应用由承担学校或立项单位登记。"), status=403)
    if row.ended_on is not None:
        return row
    if not row.since <= ended_on <= timezone.localdate():
        raise DomainError("date", _("停止应用的日期在开始之后，不晚于今天。"), field="ended_on")
    row.ended_on = ended_on
    row.save(update_fields=["ended_on"])
    return row
