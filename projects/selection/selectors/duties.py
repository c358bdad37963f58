"""What waits in the rounds, by who it waits for. A constant number of queries for each of them."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.duties import Duty
from districts.models import District, Level
from projects.selection.links import links_of
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    BlindFile,
    Designation,
    DistrictList,
    FileCheck,
    LeakReport,
    ListStatus,
    ObjectionStatus,
    Place,
    PublicNotice,
    Recommendation,
    Round,
    RoundStatus,
    Stage,
    StageKind,
)
from projects.selection.rules.access import DISTRICT_ROLES, SUBMITTERS
from projects.selection.rules.dates import find_stage, last_day

from .cases import own_side
from .designations import valid_on
from .rounds import kept_rounds

# A title that ends within so many days is told to its holder.
ENDING_DAYS = 60
# So many days before the review closes the chair is told who is behind.
LATE_DAYS = 2


def list_applicant_duties(scope: Scope) -> list[Duty]:
    """Cases that came back or are not handed in yet, and titles that end soon."""
    return [*_own_cases(scope), *_ending_titles(scope)]


def _own_cases(scope: Scope) -> Iterator[Duty]:
    rows = Application.objects.filter(
        own_side(scope),
        status__in=[ApplicationStatus.DRAFT, ApplicationStatus.RETURNED],
        round__status=RoundStatus.OPEN,
    ).select_related("round", "school", "organisation", "office__unit")
    for case in rows.prefetch_related("round__stages"):
        came_back = case.status == ApplicationStatus.RETURNED
        kinds = [StageKind.APPLICATION]
        if came_back:
            kinds = [StageKind.RECOMMENDATION, StageKind.ELIGIBILITY, StageKind.APPLICATION]
        due = _due(case.round, *kinds)
        if due is None:
            continue
        yield Duty(
            title=_("%(round)s申报：%(holder)s") % {"round": case.round.title, "holder": case.holder_name},
            detail=_("被退回，改好后重新提交。") if came_back else _("草稿还没有提交。"),
            url=reverse("selection:case", args=[case.pk]),
            button=_("修改申报") if came_back else _("继续申报"),
            due=due,
            came_back=came_back,
        )


def _ending_titles(scope: Scope) -> Iterator[Duty]:
    today = timezone.localdate()
    mine = Q(school__in=scope.unit_ids(Level.SCHOOL, SUBMITTERS))
    rows = Designation.objects.filter(mine, valid_on(today), valid_to__lte=today + timedelta(days=ENDING_DAYS))
    for row in rows.select_related("kind__programme", "school", "organisation", "office__unit").order_by("valid_to"):
        if links_of(row):
            # A room that has a page for it tells what is due there.
            continue
        yield Duty(
            title=_("“%(kind)s”到期：%(holder)s") % {"kind": row.kind, "holder": row.holder_name},
            detail=_("到期后不再计入，需要续期或验收的请与授予单位联系。"),
            url=reverse("selection:designation", args=[row.pk]),
            button=_("看称号"),
            due=_before(row.valid_to),
        )


def list_district_duties(scope: Scope) -> list[Duty]:
    """For each open round: cases that wait for the check of eligibility, and a list that is not sent."""
    units = scope.unit_ids(Level.DISTRICT, DISTRICT_ROLES)
    open_rounds = {row.pk: row for row in _with_stages(Round.objects.filter(status=RoundStatus.OPEN))}
    waiting = Application.objects.filter(
        round__in=open_rounds, district__in=units, status=ApplicationStatus.SUBMITTED
    )  # fmt: skip
    duties = [
        Duty(
            title=_("%s：%d 份申报待资格审核") % (open_rounds[row["round"]].title, row["n"]),
            detail=_("审核通过后才能推荐。"),
            url=f"{reverse('selection:cases')}?round={row['round']}&status=submitted",
            button=_("审核资格"),
            due=_due(open_rounds[row["round"]], StageKind.ELIGIBILITY),
        )
        for row in waiting.order_by().values("round").annotate(n=Count("pk"))
    ]
    return duties + list(_unsent_lists(open_rounds, units))


def _unsent_lists(open_rounds: dict[int, Round], units: Iterable[int]) -> Iterator[Duty]:
    """Only in the stage of recommendation, and only where there is a place and somebody to take it."""
    mine = {"round": OuterRef("round"), "district": OuterRef("district")}
    places = _counts(Place.objects.filter(round__in=open_rounds, district__in=units))
    chosen = _counts(Recommendation.objects.filter(round__in=open_rounds, district__in=units, is_reserve=False))
    ready = Application.objects.filter(**mine, status=ApplicationStatus.DISTRICT_REVIEW)
    rows = DistrictList.objects.filter(Exists(ready), round__in=open_rounds, district__in=units)
    districts = District.objects.in_bulk(list(units))
    for held in rows.filter(status=ListStatus.DRAFT).order_by("round", "district"):
        round_, key = open_rounds[held.round_id], (held.round_id, held.district_id)
        due = _due(round_, StageKind.RECOMMENDATION)
        if due is None or not places.get(key):
            continue
        yield Duty(
            title=_("%s：推荐名单待报送") % round_.title,
            detail=_("名额 %(places)d 个，已定 %(chosen)d 个。")
            % {"places": places[key], "chosen": chosen.get(key, 0)},
            url=reverse("selection:desk", args=[round_.pk, districts[held.district_id].code]),
            button=_("拟定名单"),
            due=due,
        )


def list_expert_duties(scope: Scope) -> list[Duty]:
    """Sheets that are due, by round; nothing here names a unit."""
    offices = [grant.office_id for grant in scope.grants]
    rows = Assignment.objects.filter(
        expert__office__in=offices, status=AssignmentStatus.ASSIGNED, round__status=RoundStatus.REVIEWING,
        application__status=ApplicationStatus.EXPERT_REVIEW,
    )  # fmt: skip
    counts = dict(rows.order_by().values_list("round").annotate(n=Count("pk")))
    return [
        Duty(
            title=_("%(round)s：%(n)d 份材料待评") % {"round": round_.title, "n": counts[round_.pk]},
            detail=_("逐件打分并提交；逾期的由组织单位换人。"),
            url=reverse("selection:panel"),
            button=_("继续评审"),
            due=_due(round_, StageKind.REVIEW),
        )
        for round_ in _with_stages(Round.objects.filter(pk__in=counts))
    ]


def list_keeper_duties(scope: Scope) -> list[Duty]:
    """For those who run rounds: late experts, leaks, files, held decisions, open objections, a notice that is over."""
    rounds = {row.pk: row for row in _with_stages(kept_rounds(scope).exclude(status=RoundStatus.ANNOUNCED))}
    return [*_of_reviews(rounds), *_of_decisions(rounds), *_of_notices(rounds)]


def _of_reviews(rounds: dict[int, Round]) -> Iterator[Duty]:
    under_review = {pk: row for pk, row in rounds.items() if row.status == RoundStatus.REVIEWING}
    open_sheets = Assignment.objects.filter(
        round__in=under_review, status=AssignmentStatus.ASSIGNED, application__status=ApplicationStatus.EXPERT_REVIEW
    )
    counts = open_sheets.order_by().values("round").annotate(n=Count("pk"), experts=Count("expert", distinct=True))
    behind = {row["round"]: row for row in counts}
    leaks = _by(LeakReport.objects.filter(assignment__round__in=under_review, settled_at=None), "assignment__round")
    waiting = [FileCheck.LEAKING, FileCheck.UNREADABLE]
    files = _by(
        BlindFile.objects.filter(attachment__version__application__round__in=under_review, state__in=waiting),
        "attachment__version__application__round",
    )
    for pk, round_ in under_review.items():
        page = reverse("selection:panel-progress", args=[pk])
        due = _due(round_, StageKind.REVIEW, past=True)
        if pk in leaks or pk in files:
            detail = _("泄露报告 %(leaks)d 件，待看附件 %(files)d 个；处理好之前专家看不到。")
            yield Duty(
                title=_("%s：材料待隐去身份") % round_.title,
                detail=detail % {"leaks": leaks.get(pk, 0), "files": files.get(pk, 0)},
                url=page, button=_("隐去身份"), due=due, came_back=pk in leaks,
            )  # fmt: skip
        if pk not in behind:
            yield Duty(_("%s：评分交齐，可以结束评审") % round_.title, "", page, _("评审进度"), due)
        elif due is not None and due <= timezone.localdate() + timedelta(days=LATE_DAYS):
            title = _("%(round)s：%(experts)d 名专家还有 %(n)d 份未交")
            yield Duty(
                title=title % {"round": round_.title, **{k: behind[pk][k] for k in ("experts", "n")}},
                detail=_("可以催办、延期，或更换逾期的专家。"), url=page, button=_("评审进度"), due=due,
            )  # fmt: skip


def _of_decisions(rounds: dict[int, Round]) -> Iterator[Duty]:
    for pk, round_ in rounds.items():
        if round_.status == RoundStatus.DELIBERATING:
            yield Duty(
                title=_("%s：集体审议后公布结论") % round_.title, detail=_("公布前申报单位看不到结果。"),
                url=reverse("selection:outcome", args=[pk]), button=_("评审结果"),
                due=_due(round_, StageKind.DELIBERATION, past=True),
            )  # fmt: skip


def _of_notices(rounds: dict[int, Round]) -> Iterator[Duty]:
    pending = Count("objections", filter=Q(objections__status=ObjectionStatus.OPEN))
    rows = PublicNotice.objects.filter(round__in=rounds, round__status=RoundStatus.NOTICE).annotate(pending=pending)
    for notice in rows.order_by("pk"):
        round_ = rounds[notice.round_id]
        if notice.pending:
            yield Duty(
                title=_("%(round)s：%(n)d 件异议待办结") % {"round": round_.title, "n": notice.pending},
                detail=_("全部办结后才能公布名单。"), url=reverse("selection:objections", args=[notice.number]),
                button=_("办理异议"), due=notice.ends_on,
            )  # fmt: skip
        elif notice.ends_on < timezone.localdate():
            yield Duty(
                title=_("%s：公示期满，可以公布") % round_.title, detail=_("没有未办结的异议。"),
                url=reverse("selection:round", args=[round_.pk]), button=_("公布名单"), due=notice.ends_on,
            )  # fmt: skip


def _with_stages(rows: "QuerySet[Round]") -> "QuerySet[Round]":
    return rows.prefetch_related(Prefetch("stages", Stage.objects.all())).order_by("pk")


def _due(round_: Round, *kinds: str, past: bool = False) -> date | None:
    """The last day of the first of these stages that is open now; with `past` also of one that is over."""
    now = timezone.now()
    for kind in kinds:
        stage = find_stage(round_, kind)
        if stage is not None and stage.opens_at <= now and (past or now < stage.closes_at):
            return last_day(stage)
    return None


def _before(day: date | None) -> date | None:
    return day - timedelta(days=1) if day else None


def _counts(rows: QuerySet) -> dict[tuple[int, int], int]:
    """(round, district) → how many."""
    found = rows.order_by().values_list("round", "district").annotate(n=Count("pk"))
    return {(round_, district): n for round_, district, n in found}


def _by(rows: QuerySet, path: str) -> dict[int, int]:
    return dict(rows.order_by().annotate(of=F(path)).values_list("of").annotate(n=Count("pk")))
