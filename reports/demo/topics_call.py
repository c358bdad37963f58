"""The year's second call for research topics, for the places that are left; two topics have handed in. 演示数据."""

from collections.abc import Sequence

from django.utils import timezone

from districts.models import Office, Role
from projects.selection.models import DesignationKind, Round
from projects.selection.selectors.caps import get_cap
from projects.selection.services import applications
from projects.topics.models import Field
from projects.topics.services.topics import Details, register_topic
from schools.registry.models import School

from .rounds import Chair, answers_of, holder_of, make_round
from .topics import DATA

TARGET = 6


def load_topics_call(chair: Chair, few: Sequence[Sequence[School]]) -> Round:
    """An open call of the city; schools of the first two districts register a topic and enter it."""
    kind, year = DesignationKind.objects.get(code="research-topic"), timezone.localdate().year
    cap = get_cap(kind, year)
    round_ = make_round(
        chair, f"topics-{year}", f"{year}年度党建课题补充申报", kind, {own[0].district: 1 for own in few},
        target=min(TARGET, cap.left) if cap else TARGET, holder_kind="topic", year=year,
    )  # fmt: skip
    for number, (own, title) in enumerate(zip(few, DATA["entered"], strict=False)):
        clerk = holder_of(Office.objects.filter(role=Role.SCHOOL_CLERK, unit_id=own[1].pk, valid_to=None))
        details = Details(
            title=title, field=Field.INTEGRATION, leader="党支部书记", members=6, summary=DATA["summary"],
            promised=DATA["promised"],
        )  # fmt: skip
        topic = register_topic(**clerk.by, school=own[1], details=details)
        case = applications.begin_application(**clerk.by, round_id=round_.pk, school=own[1], subject_id=topic.pk)
        answers = answers_of(own[1], number)
        applications.save_answers(**clerk.by, application_id=case.pk, seen_version=1, answers=answers)
        applications.submit_application(**clerk.by, application_id=case.pk, lock_version=0)
    return round_
