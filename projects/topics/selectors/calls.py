"""Topics and the calls of the selection engine: which may apply, where one stands, how many a year are funded."""

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from districts.models import Level
from projects.selection.models import Application, ApplicationStatus, DesignationKind, HolderKind, Round
from projects.selection.selectors.caps import Cap, get_cap
from projects.selection.subjects import Subject
from projects.topics.models import RUNNING, Topic, TopicStatus

KIND, CLOSED_KIND = "research-topic", "closed-topic"
LIVE = (
    ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED, ApplicationStatus.RETURNED, ApplicationStatus.DISTRICT_REVIEW,
    ApplicationStatus.RECOMMENDED, ApplicationStatus.EXPERT_REVIEW, ApplicationStatus.SHORTLISTED,
    ApplicationStatus.PUBLIC_NOTICE,
)  # fmt: skip
# Registered, or funded by a district so far: the city may fund it too.
APPLICABLE = Q(status=TopicStatus.REGISTERED) | Q(status__in=RUNNING, unit__level=Level.DISTRICT)


def list_applicable(school_id: int) -> list[Subject]:
    """What the school may enter as holders of the kind topic."""
    rows = Topic.objects.filter(APPLICABLE, school=school_id).order_by("-pk")
    return [Subject(row.pk, row.title) for row in rows]


def cases_of(topic_id: int) -> "list[Application]":
    """The topic's cases, newest first."""
    rows = Application.objects.filter(holder_kind=HolderKind.TOPIC, subject_id=topic_id)
    return list(rows.select_related("round__unit").order_by("-pk"))


def find_live_case(topic_id: int) -> Application | None:
    """A case of the topic that is not decided, in any round."""
    rows = Application.objects.filter(holder_kind=HolderKind.TOPIC, subject_id=topic_id, status__in=LIVE)
    return rows.select_related("round").first()


def find_live_rounds(topic_ids: Collection[int], *, besides: Round, level: str) -> dict[int, str]:
    """Topic → the title of another round of the level in which a case of it is not decided. One query."""
    rows = Application.objects.filter(
        holder_kind=HolderKind.TOPIC, subject_id__in=topic_ids, status__in=LIVE, round__unit__level=level
    )
    return dict(rows.exclude(round=besides).order_by("pk").values_list("subject_id", "round__title"))


def get_year_cap(year: int | None = None) -> Cap | None:
    """How many topics the city may fund this year and has funded; None where there is no cap."""
    kind = DesignationKind.objects.filter(code=KIND).first()
    return get_cap(kind, year or timezone.localdate().year) if kind else None
