"""Reading papers and their files, the steps of a topic, where it is applied, and its way as a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from districts.access import Scope, get_within
from portal.workflow.models import Event
from projects.topics.models import RUNNING, Evidence, Paper, PaperKind, Result, Topic, TopicStatus
from projects.topics.process import PAPER_PROCESS, REQUESTS_OF, STAGE_OF, TOPIC_PROCESS

from .topics import LATE, SOON, duty_of


def get_paper(*, scope: Scope, pk: int) -> Paper:
    """One paper with its topic; Http404 outside the scope."""
    rows = Paper.objects.select_related(
        "topic__school__district", "topic__organisation", "topic__unit", "topic__regulation", "saved_by"
    )
    return get_within(rows, scope, pk=pk)


def list_papers(topic: Topic) -> list[Paper]:
    """Every paper of the topic, oldest first, with how many files it has as `files`."""
    return list(Paper.objects.filter(topic=topic).annotate(files=Count("evidence")).order_by("id"))


def list_requests(topic: Topic, papers: Sequence[Paper]) -> list[PaperKind]:
    """What the school may ask for now: nothing that is open already, no extension beyond the rules."""
    taken = {paper.kind for paper in papers if not paper.result}
    granted = sum(paper.kind == PaperKind.EXTENSION and paper.result == Result.AGREED for paper in papers)
    if topic.regulation is not None and granted >= topic.regulation.extension_times:
        taken.add(PaperKind.EXTENSION)
    return [kind for kind in REQUESTS_OF.get(topic.status, ()) if kind.value not in taken]


def list_evidence(paper: Paper) -> list[Evidence]:
    return list(paper.evidence.all())


def get_evidence(*, paper: Paper, pk: int) -> Evidence | None:
    return paper.evidence.filter(pk=pk).first()


def list_steps(paper: Paper) -> list[Event]:
    """The steps taken with the paper, latest first."""
    return list(_events(PAPER_PROCESS.name, paper.pk))


def list_topic_steps(topic: Topic) -> list[Event]:
    """The steps taken with the topic, latest first."""
    return list(_events(TOPIC_PROCESS.name, topic.pk))


def _events(name: str, pk: int) -> "QuerySet[Event]":
    return Event.objects.filter(process=name, object_id=pk).select_related("actor").order_by("-id")


def contract_of(topic: Topic) -> Paper | None:
    """The contract with its budget, once there is one."""
    return Paper.objects.filter(topic=topic, kind=PaperKind.CONTRACT).prefetch_related("budget").first()


def closing_of(topic: Topic) -> Paper | None:
    """The latest material for the closing with its outputs."""
    rows = Paper.objects.filter(topic=topic, kind=PaperKind.CLOSING).prefetch_related("outputs")
    return rows.order_by("-id").first()


@dataclass(frozen=True, slots=True)
class Moment:
    """A point on the way of a topic. `state`: done, now, late, later; `urgent`: its note says short or over."""

    day: date
    title: str
    note: str
    state: str
    paper_pk: int | None = None
    urgent: bool = False


def timeline_of(topic: Topic, papers: Sequence[Paper]) -> list[Moment]:
    """What was and what will be, in the order of days; nothing before the funding."""
    if topic.awarded_on is None:
        return []
    found = [Moment(topic.awarded_on, _("立项：%s") % topic.code, "", "done")]
    for paper in papers:
        if paper.settled_on is not None:
            title = f"{paper.get_kind_display()}：{paper.get_result_display()}"
            if paper.part and paper.result == Result.AGREED:
                title = _("变更%(part)s：%(value)s") % {
                    "part": paper.get_part_display(), "value": Truncator(paper.value).chars(40),
                }  # fmt: skip
            found.append(Moment(paper.settled_on, title, paper.finding, "done", paper.pk))
    duty = duty_of(topic)
    if duty.kind and duty.due:
        state = "late" if duty.state == LATE else "now"
        urgent = duty.state in (LATE, SOON)
        found.append(Moment(duty.due, _("应报：%s") % duty.word, duty.left, state, duty.paper_pk, urgent))
    found += _ahead(topic)
    if topic.ended_on is not None:
        found.append(Moment(topic.ended_on, topic.status_word, "", "done"))
    return sorted(found, key=lambda moment: (moment.state != "done", moment.day))


def _ahead(topic: Topic) -> list[Moment]:
    """What comes after the next paper."""
    found: list[Moment] = []
    if topic.status not in RUNNING:
        return found
    if topic.status in (TopicStatus.FUNDED, TopicStatus.CONTRACTED) and topic.midterm_due:
        found.append(Moment(topic.midterm_due, _("中期检查"), "", "later"))
    if STAGE_OF[topic.status] != PaperKind.CLOSING and topic.due_on:
        found.append(Moment(topic.due_on, _("结题"), "", "later"))
    return found


def describe_change(paper: Paper) -> tuple[Any, str] | None:
    """What a change asks for: the part, and what it becomes; None for other papers."""
    return (paper.get_part_display(), paper.value) if paper.kind == PaperKind.CHANGE and paper.part else None
