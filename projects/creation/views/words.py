"""Badges and paths that the pages of this room share."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from projects.creation.models import Paper, PaperStatus, Result
from projects.creation.selectors.builds import LATE, LATER, OVER, SOON, WAITING, Duty
from projects.selection.models import Designation, DesignationStatus
from projects.selection.views.words import DESIGNATION_TONES, TONES

DUTY_TONES = {
    LATE: ("back", "alert-triangle"),
    SOON: ("short", "clock"),
    WAITING: ("waiting", "clock"),
    LATER: ("waiting", "circle-dashed"),
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
    Result.DELAYED: ("short", "clock"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


def duty_badge(build: Designation, duty: Duty) -> Badge:
    """What is due, or what became of the build."""
    if duty.state == OVER:
        status = DesignationStatus(build.status)
        return Badge(*TONES[DESIGNATION_TONES[status]], str(status.label))
    if duty.state == WAITING:
        return Badge(*DUTY_TONES[WAITING], _("%s待检查") % duty.word)
    return Badge(*DUTY_TONES[duty.state], _("待报%s") % duty.word)


def paper_badge(paper: Paper) -> Badge:
    if paper.status == PaperStatus.SETTLED:
        result = Result(paper.result)
        return Badge(*RESULT_TONES.get(result, ("done", "check")), str(result.label))
    status = PaperStatus(paper.status)
    return Badge(*PAPER_TONES[status], str(status.label))


def crumbs(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """双创建 › the steps (word, address or nothing)."""
    first = (_("双创建"), reverse("creation:builds"))
    return [{"label": word, "url": url} for word, url in (first, *steps)]


def crumbs_of(build: Designation, *pages: tuple[str, str]) -> list[dict[str, str]]:
    own = reverse("creation:build", args=[build.pk]) if pages else ""
    return crumbs((build.holder_name, own), *pages)
