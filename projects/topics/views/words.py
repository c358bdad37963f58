"""Badges, tabs and paths that the pages of this room share."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from projects.topics.models import Paper, PaperStatus, Result, Topic, TopicStatus
from projects.topics.selectors.topics import LATE, LATER, OVER, REGISTERED, SOON, WAITING, Duty

DUTY_TONES = {
    LATE: ("back", "alert-triangle"),
    SOON: ("short", "clock"),
    WAITING: ("waiting", "clock"),
    LATER: ("waiting", "circle-dashed"),
    REGISTERED: ("waiting", "circle-dashed"),
    OVER: ("waiting", "x"),
}
PAPER_TONES = {
    PaperStatus.DRAFT: ("yours", "pencil"),
    PaperStatus.SUBMITTED: ("waiting", "clock"),
    PaperStatus.RETURNED: ("back", "arrow-back-up"),
    PaperStatus.SETTLED: ("done", "check"),
}
RESULT_TONES = {
    Result.RECTIFY: ("back", "arrow-back-up"),
    Result.FAILED: ("back", "x"),
    Result.REFUSED: ("back", "x"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


def duty_badge(topic: Topic, duty: Duty) -> Badge:
    """What is due, or what became of the topic."""
    if topic.status == TopicStatus.CLOSED:
        return Badge("done", "check", topic.status_word)
    if duty.state in (OVER, REGISTERED):
        return Badge(*DUTY_TONES[duty.state], topic.status_word)
    if duty.state == WAITING:
        return Badge(*DUTY_TONES[WAITING], _("%s待办理") % duty.word)
    return Badge(*DUTY_TONES[duty.state], _("待报%s") % duty.word)


def paper_badge(paper: Paper) -> Badge:
    if paper.status == PaperStatus.SETTLED:
        result = Result(paper.result)
        return Badge(*RESULT_TONES.get(result, ("done", "check")), str(result.label))
    status = PaperStatus(paper.status)
    return Badge(*PAPER_TONES[status], str(status.label))


def crumbs(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """党建课题 › the steps (word, address or nothing)."""
    first = (_("党建课题"), reverse("topics:topics"))
    return [{"label": word, "url": url} for word, url in (first, *steps)]


def crumbs_of(topic: Topic, *pages: tuple[str, str]) -> list[dict[str, str]]:
    own = reverse("topics:topic", args=[topic.pk]) if pages else ""
    return crumbs((topic.title, own), *pages)
