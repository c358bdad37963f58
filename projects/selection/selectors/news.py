"""What others did in the rounds that concerns a scope, from the events of the workflow and from what was filed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import Scope
from districts.models import Level
from districts.news import MOST, News
from portal.postgres.counting import SINCE, count_rows
from portal.workflow.models import Event
from projects.selection.models import (
    Application,
    Assignment,
    Designation,
    DistrictList,
    LeakReport,
    Objection,
    Round,
    RoundStatus,
)
from projects.selection.process import (
    ACTION_WORDS,
    APPLICATION_PROCESS,
    DESIGNATION_PROCESS,
    LIST_PROCESS,
    ROUND_PROCESS,
    SHEET_PROCESS,
)
from projects.selection.rules.access import DISTRICT_ROLES, FILLERS, KEEPERS

from .cases import own_side
from .identity import latest_versions, list_redactors
from .rounds import districts_of_schools, kept_rounds, visible_rounds

TO_APPLICANTS = (
    "accept", "send_back", "refuse", "recommend", "pass_over", "reopen", "decline", "notify", "announce", "strike",
)  # fmt: skip
TO_DISTRICTS = ("submit", "recall", "withdraw")
CASE, ROUND, LIST, SHEET, TITLE = (
    process.name for process in (APPLICATION_PROCESS, ROUND_PROCESS, LIST_PROCESS, SHEET_PROCESS, DESIGNATION_PROCESS)
)
WORDS: Mapping[tuple[str, str], object] = {
    **{(CASE, action): word for action, word in ACTION_WORDS.items()},
    (ROUND, "publish"): gettext_lazy("发布通知"),
    (LIST, "reopen"): gettext_lazy("名单重新开放"),
    (SHEET, "unlock"): gettext_lazy("评分表被退回"),
    (SHEET, "recuse"): gettext_lazy("专家申请回避"),
    (TITLE, "pass_midterm"): gettext_lazy("中期检查通过"),
    (TITLE, "rectify"): gettext_lazy("要求整改"),
    (TITLE, "accept"): gettext_lazy("验收通过"),
    (TITLE, "delay"): gettext_lazy("延期验收"),
    (TITLE, "fail"): gettext_lazy("验收未通过"),
    (TITLE, "renew"): gettext_lazy("续期"),
    (TITLE, "withdraw"): gettext_lazy("撤销称号"),
}


def count_selection_news(scope: Scope, since: datetime) -> int:
    """How many, at most `MOST`; one query, because the bell is on every page (a school's asks for its district too)."""

    def rows() -> QuerySet[Any]:
        found = _events(scope, SINCE).order_by().values("id")
        if scope.roles & KEEPERS:
            found = found.union(*(filed.order_by().values("id") for filed in _filings(scope, SINCE)), all=True)
        return found[:MOST]

    # The rounds that a school may see are told by its district, which is stored.
    return count_rows("selection.news", (scope, districts_of_schools(scope)), rows, since=since)


def read_selection_news(scope: Scope, since: datetime) -> list[News]:
    """Steps, and for keepers what was filed."""
    return _read_steps(scope, since) + (_read_filings(scope, since) if scope.roles & KEEPERS else [])


def _read_steps(scope: Scope, since: datetime) -> list[News]:
    """The steps in words; as many queries as there are kinds of things."""
    events = list(_events(scope, since).order_by("-id")[:MOST])
    found = {
        process: build({e.object_id for e in events if e.process == process})
        for process, build in _SUBJECTS.items()
        if any(e.process == process for e in events)
    }
    comments = {e.pk: e.comment for e in events} | _blind_comments(events)
    return [
        News(*found[e.process][e.object_id], str(WORDS[e.process, e.action]), comments[e.pk], e.created_at)
        for e in events
        if e.object_id in found[e.process]
    ]


def _blind_comments(events: Sequence[Event]) -> dict[int, str]:
    """Why a sheet came back, for its expert: the chair knows whose case it is, and may have said it."""
    given_back = {e.object_id: e for e in events if (e.process, e.action) == (SHEET, "unlock")}
    if not given_back:
        return {}
    sheets = Assignment.objects.filter(pk__in=given_back).select_related("application__school", "application__round")
    cases = {row.pk: row.application for row in sheets}
    applications = list({case.pk: case for case in cases.values()}.values())
    redactors = list_redactors(applications, latest_versions(applications))
    return {
        e.pk: "".join(piece.text or "□□" for piece in redactors[cases[e.object_id].pk].redact(e.comment))
        for e in events
        if (e.process, e.action) == (SHEET, "unlock")
    }


def _events(scope: Scope, since: datetime) -> QuerySet[Event]:
    cases = Application.objects.filter(own_side(scope)).values("pk")
    districts = scope.unit_ids(Level.DISTRICT, DISTRICT_ROLES)
    below = Application.objects.filter(district__in=districts).values("pk")
    lists = DistrictList.objects.filter(district__in=districts).values("pk")
    offices = [grant.office_id for grant in scope.grants]
    own_sheets = Assignment.objects.filter(expert__office__in=offices).values("pk")
    kept_sheets = Assignment.objects.filter(round__in=kept_rounds(scope).values("pk")).values("pk")
    titles = Designation.objects.filter(own_side(scope)).values("pk")
    concerns = (
        Q(process=CASE, action__in=TO_APPLICANTS, object_id__in=cases)
        | Q(process=SHEET, action="unlock", object_id__in=own_sheets)
        | Q(process=SHEET, action="recuse", object_id__in=kept_sheets)
        | Q(process=TITLE, object_id__in=titles)
    )
    if districts:
        concerns |= Q(process=CASE, action__in=TO_DISTRICTS, object_id__in=below)
        concerns |= Q(process=LIST, action="reopen", object_id__in=lists)
    if districts or scope.roles & FILLERS:
        called = visible_rounds(scope).filter(status=RoundStatus.OPEN).order_by().values("pk")
        concerns |= Q(process=ROUND, action="publish", object_id__in=called)
    return Event.objects.filter(concerns, created_at__gt=since).exclude(actor=scope.user_id)


Subject = tuple[str, str, str]


def _cases(keys: set[int]) -> dict[int, Subject]:
    rows = Application.objects.filter(pk__in=keys).select_related("round", "school", "organisation", "office__unit")
    return {
        row.pk: (_("%s申报") % row.round.title, reverse("selection:case", args=[row.pk]), row.holder_name)
        for row in rows
    }


def _rounds(keys: set[int]) -> dict[int, Subject]:
    rows = Round.objects.filter(pk__in=keys).select_related("unit")
    return {row.pk: (row.title, reverse("selection:round", args=[row.pk]), row.unit.label) for row in rows}


def _lists(keys: set[int]) -> dict[int, Subject]:
    rows = DistrictList.objects.filter(pk__in=keys).select_related("round", "district")
    return {
        row.pk: (
            _("%s推荐名单") % row.round.title,
            reverse("selection:desk", args=[row.round_id, row.district.code]),
            row.district.name,
        )
        for row in rows
    }


def _sheets(keys: set[int]) -> dict[int, Subject]:
    """By blind code alone: an expert reads this."""
    rows = Assignment.objects.filter(pk__in=keys).select_related("round").only("round__title", "application")
    codes = dict(Application.objects.filter(assignments__in=keys).values_list("pk", "blind_code"))
    return {
        row.pk: (row.round.title, reverse("selection:panel"), _("材料 %s") % codes[row.application_id]) for row in rows
    }


def _titles(keys: set[int]) -> dict[int, Subject]:
    rows = Designation.objects.filter(pk__in=keys).select_related("kind", "school", "organisation", "office__unit")
    return {row.pk: (row.kind.title, reverse("selection:designation", args=[row.pk]), row.holder_name) for row in rows}


_SUBJECTS = {CASE: _cases, ROUND: _rounds, LIST: _lists, SHEET: _sheets, TITLE: _titles}


def _read_filings(scope: Scope, since: datetime) -> list[News]:
    objections, leaks = _filings(scope, since)
    found = [
        News(
            row.notice.title,
            reverse("selection:objections", args=[row.notice.number]),
            row.application.holder_name if row.application else _("整个名单"),
            _("收到异议"),
            "",
            row.filed_at,
        )
        for row in objections.select_related(
            "notice", "application__school", "application__organisation", "application__office__unit"
        )[:MOST]
    ]
    found += [
        News(
            row.assignment.round.title,
            reverse("selection:panel-progress", args=[row.assignment.round_id]),
            _("材料 %s") % row.assignment.application.blind_code,
            _("报告泄露"),
            row.note,
            row.reported_at,
        )
        for row in leaks.select_related("assignment__round", "assignment__application")[:MOST]
    ]
    return found


def _filings(scope: Scope, since: datetime) -> tuple[QuerySet[Objection], QuerySet[LeakReport]]:
    """Objections and reported leaks of the rounds that the scope runs."""
    rounds = kept_rounds(scope).values("pk")
    objections = Objection.objects.filter(notice__round__in=rounds, filed_at__gt=since)
    leaks = LeakReport.objects.filter(assignment__round__in=rounds, reported_at__gt=since)
    return objections.order_by("-id"), leaks.order_by("-id")
