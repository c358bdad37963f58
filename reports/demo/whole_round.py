"""A round of 双创建 from the call to the certificates, in the past: 60 applied, 25 recommended, 12 selected. 演示数据.

What is a step of each single case is written in bulk. Lists, draw, ranking, notice, objection and titles come out of
the services that the pages use; afterwards the whole is dated back to the days on which it would have happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from typing import Any

import pgtrigger
from django.utils import timezone

from districts.models import District
from portal.workflow.models import Event
from projects.selection import calendar
from projects.selection.codes import new_ticket
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Assignment,
    Criterion,
    Designation,
    DesignationKind,
    DistrictList,
    Objection,
    PublicNotice,
    Round,
    Stage,
    StageKind,
    Version,
)
from projects.selection.process import (
    APPLICATION_PROCESS,
    LIST_PROCESS,
    OBJECTION_PROCESS,
    ROUND_PROCESS,
    SHEET_PROCESS,
)
from projects.selection.services import notices, panel, recommendations, results
from schools.registry.models import School

from .cases import hand_in, record_sheets
from .figures import chance
from .rounds import DATA, Chair, make_round, reviewer_of
from .services import spread

CODE, TITLE, NUMBER = "dc-2026", "第三批", "DC-2026-01"
APPLIED, RECOMMENDED, SELECTED, DISTRICTS = 60, 25, 12, 12
PANEL = 5
# Days from the call on: when each stage begins; the notice follows the calendar.
BEGINS = {
    StageKind.CALL: 0, StageKind.APPLICATION: 7, StageKind.ELIGIBILITY: 21, StageKind.RECOMMENDATION: 30,
    StageKind.REVIEW: 45, StageKind.DELIBERATION: 66,
}  # fmt: skip
CALLED_DAYS_AGO = 130
ROUND, CASE, LIST, SHEET, OBJECTION = (
    process.name for process in (ROUND_PROCESS, APPLICATION_PROCESS, LIST_PROCESS, SHEET_PROCESS, OBJECTION_PROCESS)
)
# Days from the call on which the steps before the notice were taken.
STEPS: Mapping[tuple[str, str], int] = {
    (ROUND, "publish"): 0, (CASE, "submit"): 17, (CASE, "accept"): 24, (CASE, "recommend"): 38, (CASE, "pass_over"): 45,
    (LIST, "send"): 38, (ROUND, "draw"): 45, (CASE, "admit"): 45, (SHEET, "submit"): 58, (ROUND, "close_review"): 66,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Days:
    """When it was: the call, the days of the notice, the announcement."""

    called: date
    noticed: date
    ended: date
    announced: date

    @classmethod
    def before(cls, today: date, *, working_days: int) -> "Days":
        called = today - timedelta(days=CALLED_DAYS_AGO)
        noticed = calendar.next_working_day(called + timedelta(days=72))
        ended = calendar.last_of(noticed, working_days)
        return cls(called, noticed, ended, calendar.next_working_day(ended))


def load_whole_round(chair: Chair, schools: Mapping[int, Sequence[School]]) -> Round:
    """`schools`: district → those of its schools that stand in no other round of the demo. The announced round."""
    free = _free_schools(schools)
    applied = dict(zip(free, spread(APPLIED, [sqrt(len(own)) for own in free.values()]), strict=True))
    places = dict(zip(free, spread(RECOMMENDED, [float(n) for n in applied.values()]), strict=True))
    districts = District.objects.in_bulk(list(free))
    round_ = make_round(
        chair, CODE, TITLE, DesignationKind.objects.get(code="dc-cultivation"),
        {districts[pk]: n for pk, n in places.items()}, target=SELECTED, panel_size=PANEL, bars_holders=True,
    )  # fmt: skip
    days = Days.before(timezone.localdate(), working_days=round_.notice_days)
    cases = hand_in(round_, [school for pk, n in applied.items() for school in free[pk][:n]], known_on=days.called)
    _recommend(round_, cases, places)
    panel.draw_panel(**chair.by, round_id=round_.pk, lock_version=1, seed="20260918")
    _score(round_)
    results.close_review(**chair.by, round_id=round_.pk, lock_version=2)
    notice = _give_notice(chair, round_)
    PublicNotice.objects.filter(pk=notice.pk).update(
        starts_on=days.noticed, ends_on=days.ended, published_at=_moment(days.noticed, 9),
    )  # fmt: skip
    notices.announce_round(**chair.by, round_id=round_.pk, lock_version=4)
    _date_back(round_, notice, days)
    return round_


def _free_schools(schools: Mapping[int, Sequence[School]]) -> dict[int, list[School]]:
    """The districts with most schools that hold no title of 双创建 from the city."""
    held = set(
        Designation.objects.filter(kind__code__startswith="dc-", level="city").values_list("school_id", flat=True)
    )
    free = {pk: [school for school in own if school.pk not in held] for pk, own in schools.items()}
    most = sorted(free, key=lambda pk: (-len(free[pk]), pk))[:DISTRICTS]
    return {pk: free[pk] for pk in sorted(most)}


def _recommend(round_: Round, cases: Sequence[Application], places: Mapping[int, int]) -> None:
    """Every district uses its places, and names the next one as a reserve."""
    held = {row.district_id: row.pk for row in DistrictList.objects.filter(round=round_)}
    for district, quota in places.items():
        own = sorted((c for c in cases if c.district_id == district), key=lambda c: chance(c.school_id, "listed"))
        entries = [
            recommendations.Entry(case.pk, n >= quota, DATA["reasons"][n % len(DATA["reasons"])])
            for n, case in enumerate(own[: quota + 1])
        ]
        by = reviewer_of(district).by
        recommendations.save_list(**by, list_id=held[district], entries=entries, minutes=DATA["minutes"])
        recommendations.send_list(**by, list_id=held[district], lock_version=0)


def _score(round_: Round) -> None:
    """Every sheet: how good a case is and how strict an expert is follow from the keys, and a little luck."""
    sheets = list(Assignment.objects.filter(round=round_).select_related("expert__office", "application"))
    record_sheets(
        sheets, list(Criterion.objects.filter(round=round_)), points=_points,
        comment=lambda sheet: DATA["comments"][int(chance(sheet.pk, "comment") * len(DATA["comments"]))],
    )  # fmt: skip


def _points(sheet: Assignment, criterion: Criterion) -> Decimal:
    """Between half and nine tenths of the maximum: nothing so extreme that it had to be explained."""
    good = 0.62 + 0.2 * chance(sheet.application.school_id, "quality")
    strict = (chance(sheet.expert_id, "strict") - 0.5) * 0.08
    luck = (chance(sheet.pk, criterion.code) - 0.5) * 0.12
    share = Decimal(min(max(good + strict + luck, 0.5), 0.9))
    return (criterion.maximum * share * 2).quantize(Decimal(1), ROUND_HALF_UP) / 2


def _give_notice(chair: Chair, round_: Round) -> PublicNotice:
    """The decisions published; one objection, looked into and dismissed."""
    results.publish_decisions(
        **chair.by, round_id=round_.pk, lock_version=3, number=NUMBER, issuer="市委教育工委（演示）",
        starts_on=timezone.localdate(),
    )  # fmt: skip
    notice = PublicNotice.objects.get(round=round_)
    listed = Application.objects.filter(round=round_, status=ApplicationStatus.PUBLIC_NOTICE).order_by("pk")
    notices.file_objection(
        notice_id=notice.pk, ticket=new_ticket(), text=DATA["objection"]["text"], application_id=listed[0].pk
    )
    objection = Objection.objects.get(notice=notice)
    notices.close_objection(
        **chair.by, objection_id=objection.pk, lock_version=0, upheld=False, reply=DATA["objection"]["reply"]
    )
    return notice


def _date_back(round_: Round, notice: PublicNotice, days: Days) -> None:
    """Everything gets the day on which it would have happened."""
    starts = {kind: days.called + timedelta(days=n) for kind, n in BEGINS.items()}
    starts |= {StageKind.NOTICE: days.noticed, StageKind.ANNOUNCEMENT: days.announced}
    ends = [*list(starts.values())[1:], days.announced + timedelta(days=7)]
    ends[list(starts).index(StageKind.NOTICE)] = days.ended + timedelta(days=1)
    for (kind, start), end in zip(starts.items(), ends, strict=True):
        Stage.objects.filter(round=round_, kind=kind).update(opens_at=_moment(start), closes_at=_moment(end))
    cases = Application.objects.filter(round=round_)
    handed_in = _moment(days.called + timedelta(days=STEPS[CASE, "submit"]), 10)
    cases.update(submitted_at=handed_in)
    with pgtrigger.ignore("selection.Version:version_frozen"):
        Version.objects.filter(application__round=round_).update(frozen_at=handed_in, saved_at=handed_in)
    DistrictList.objects.filter(round=round_, status="sent").update(
        sent_at=_moment(days.called + timedelta(days=STEPS[LIST, "send"]), 10)
    )
    scored = _moment(days.called + timedelta(days=STEPS[SHEET, "submit"]), 10)
    Assignment.objects.filter(round=round_).update(declared_at=scored, submitted_at=scored)
    filed, closed = _moment(days.noticed, 15), _moment(days.ended, 16)
    Objection.objects.filter(notice=notice).update(filed_at=filed, closed_at=closed)
    PublicNotice.objects.filter(pk=notice.pk).update(closed_at=_moment(days.ended + timedelta(days=1)))
    given = round_.designation_kind
    Designation.objects.filter(round=round_).update(
        valid_from=days.announced, valid_to=calendar.add_months(days.announced, given.term_months or 0),
        midterm_due=calendar.add_months(days.announced, given.midterm_months or 0),
    )  # fmt: skip
    _date_events(round_, notice, days)


def _date_events(round_: Round, notice: PublicNotice, days: Days) -> None:
    """The log is append-only for the portal; only this generator, which wrote it a moment ago, sets its days."""
    later = {
        (CASE, "shortlist"): days.noticed, (CASE, "decline"): days.noticed,
        (CASE, "notify"): days.noticed, (ROUND, "publish_decisions"): days.noticed,
        (OBJECTION, "dismiss"): days.ended, (CASE, "announce"): days.announced,
        (ROUND, "announce"): days.announced,
    }  # fmt: skip
    when = {step: days.called + timedelta(days=n) for step, n in STEPS.items()} | later
    own: Mapping[str, Any] = {
        ROUND: [round_.pk],
        CASE: Application.objects.filter(round=round_).values("pk"),
        LIST: DistrictList.objects.filter(round=round_).values("pk"),
        SHEET: Assignment.objects.filter(round=round_).values("pk"),
        OBJECTION: Objection.objects.filter(notice=notice).values("pk"),
    }
    with pgtrigger.ignore("workflow.Event:append_only"):
        for (process, action), day in when.items():
            rows = Event.objects.filter(process=process, action=action, object_id__in=own[process])
            rows.update(created_at=_moment(day, 10))


def _moment(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), timezone.get_current_timezone())
