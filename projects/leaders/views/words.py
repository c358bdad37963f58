"""Badges, tabs and paths that the pages of this room share."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from projects.leaders.models import Assessment, AssessmentStatus
from projects.leaders.selectors.standing import EXPIRED, MEETS, MISSING, SHORT, STATES

STATE_TONES = {
    MEETS: ("done", "check"),
    SHORT: ("back", "alert-triangle"),
    EXPIRED: ("short", "clock"),
    MISSING: ("waiting", "pencil"),
}
STATUS_TONES = {
    AssessmentStatus.DRAFT: ("yours", "pencil"),
    AssessmentStatus.SUBMITTED: ("waiting", "clock"),
    AssessmentStatus.RETURNED: ("back", "arrow-back-up"),
    AssessmentStatus.CONFIRMED: ("done", "check"),
    AssessmentStatus.ENDED: ("waiting", "x"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


def state_badge(state: str) -> Badge:
    return Badge(*STATE_TONES[state], str(STATES[state]))


def status_badge(row: Assessment) -> Badge:
    status = AssessmentStatus(row.status)
    return Badge(*STATUS_TONES[status], str(status.label))


def crumbs(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """双带头人 › the steps (word, address or nothing)."""
    first = (_("双带头人"), reverse("leaders:standing"))
    return [{"label": word, "url": url} for word, url in (first, *steps)]


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of this room, side by side."""
    words = (
        ("standing", _("达标情况")),
        ("posts", _("书记名单")),
        ("studios", _("书记工作室")),
        ("pairings", _("结对带教")),
        ("standards", _("标准")),
    )
    return [{"word": word, "url": reverse(f"leaders:{name}"), "current": name == current} for name, word in words]


def wants_export(request: HttpRequest) -> bool:
    return request.GET.get("export") in ("xlsx", "csv")
