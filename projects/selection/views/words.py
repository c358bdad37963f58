"""Badges and paths that the pages of this room share. Colour says whose turn it is (ui.md, section 7)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from projects.selection.models import (
    Application,
    ApplicationStatus,
    Criterion,
    Designation,
    DesignationStatus,
    Round,
    RoundStatus,
)
from projects.selection.selectors.designations import counts_today

A, D, R = ApplicationStatus, DesignationStatus, RoundStatus
TONES: dict[str, tuple[str, str]] = {
    "yours": ("yours", "pencil"),
    "waiting": ("waiting", "clock"),
    "back": ("back", "arrow-back-up"),
    "done": ("done", "check"),
    "over": ("waiting", "x"),
}
APPLICATION_TONES = {
    A.DRAFT: "yours", A.RETURNED: "back", A.ANNOUNCED: "done", A.DECLINED: "over", A.STRUCK: "back",
    A.INELIGIBLE: "back", A.WITHDRAWN: "over",
}  # fmt: skip
ROUND_TONES = {R.DRAFT: "yours", R.ANNOUNCED: "done", R.CANCELLED: "over"}
DESIGNATION_TONES = {
    D.CULTIVATING: "yours", D.PASSED_MIDTERM: "yours", D.RECTIFYING: "back", D.DELAYED: "back", D.ACCEPTED: "done",
    D.ACTIVE: "done", D.FAILED: "back", D.WITHDRAWN: "back",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


def _badge(tone: str, word: object) -> Badge:
    return Badge(*TONES[tone], str(word))


def application_badge(application: Application) -> Badge:
    tone = APPLICATION_TONES.get(ApplicationStatus(application.status), "waiting")
    return _badge(tone, ApplicationStatus(application.status).label)


def round_badge(round_: Round) -> Badge:
    return _badge(ROUND_TONES.get(RoundStatus(round_.status), "waiting"), RoundStatus(round_.status).label)


def designation_badge(row: Designation) -> Badge:
    if not row.ended_on and not counts_today(row):
        return _badge("over", _("已到期"))
    return _badge(DESIGNATION_TONES[DesignationStatus(row.status)], DesignationStatus(row.status).label)


def crumbs(round_: Round | None = None, *, page: str = "") -> list[dict[str, str]]:
    """遴选 › 第三批 › page."""
    found = [{"label": _("遴选"), "url": reverse("selection:rounds")}]
    if round_ is not None:
        found.append({"label": round_.title, "url": reverse("selection:round", args=[round_.pk])})
    return [*found, {"label": page, "url": ""}] if page else found


def tie_words(rule: Iterable[str], criteria: Iterable[Criterion]) -> list[str]:
    """What is compared when two have the same score, in its order; the rule stands since the call."""
    titles = {row.code: row.title for row in criteria}
    named = [_("“%s”平均分") % titles.get(code, code) for code in rule]
    return [*named, _("中位数"), _("按种子抽签")]


def bar_words(round_: Round) -> list[str]:
    """Who may not apply whatever else they have."""
    held = _("已有有效的“%s”") % round_.designation_kind if round_.bars_holders else ""
    return [word for word in (held, _("在一票否决期内") if round_.bars_vetoed else "") if word]
