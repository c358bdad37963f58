"""Rounds: written as drafts, copied from last year's, published, cancelled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import District, Unit
from portal.accounts.models import User
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection import requirements
from projects.selection.models import (
    Criterion,
    DistrictList,
    ListStatus,
    Place,
    Question,
    Round,
    RoundStatus,
    Stage,
    StageKind,
)
from projects.selection.process import ROUND_PROCESS
from projects.selection.rules.access import keeper_roles, roles_on_round
from projects.selection.rules.dates import order_problem
from projects.selection.selectors.caps import cap_of_round

COPIED = (
    "programme", "unit", "intro", "holder_kind", "school_kinds", "needs_designation", "bars_holders",
    "bars_vetoed", "pool_places", "target", "has_recommendation", "panel_size", "expert_load", "expertise", "trim",
    "trim_from", "tie_rule", "comment_minimum", "notice_days", "designation_kind",
)  # fmt: skip
Line = TypeVar("Line", Question, Criterion)
# Without these a round cannot run; recommendation only where there is one.
NEEDED = (StageKind.APPLICATION, StageKind.REVIEW)


@transaction.atomic
def create_round(*, actor: User, scope: Scope, unit: Unit, **details: Any) -> Round:
    """A draft. DomainError `forbidden`; `code_taken` when the code is used already."""
    if not keeper_roles(scope, unit.level, unit.pk):
        raise DomainError("forbidden", _("只有组织单位的管理员可以拟定批次。"), status=403)
    if Round.objects.filter(code=details.get("code", "")).exists():
        raise DomainError("code_taken", _("这个编号已被使用，请换一个。"), field="code")
    return Round.objects.create(unit=unit, status=RoundStatus.DRAFT, **details)


@transaction.atomic
def copy_round(*, actor: User, scope: Scope, round_id: int, code: str, title: str, official_title: str) -> Round:
    """A new draft with the rules, form, rubric, quota and dates (a year later) of another round; seed and cases not.

    A district's round feeds this year's city round where last year's was copied; else nothing until somebody says what.
    """
    source = Round.objects.select_related("unit").get(pk=round_id)
    copied = {name: getattr(source, name) for name in COPIED}
    unit = copied.pop("unit")
    new = create_round(
        actor=actor, scope=scope, unit=unit, code=code, title=title, official_title=official_title, copied_from=source,
        year=source.year + 1 if source.year else None, feeds=_following(source.feeds_id), **copied,
    )  # fmt: skip
    Stage.objects.bulk_create(
        [
            Stage(round=new, kind=s.kind, opens_at=_next_year(s.opens_at), closes_at=_next_year(s.closes_at))
            for s in source.stages.all()
        ]
    )
    Question.objects.bulk_create([_moved(row, new) for row in source.questions.all()])
    Criterion.objects.bulk_create([_moved(row, new) for row in source.criteria.all()])
    quota: dict[District, int] = {}
    for place in source.places.filter(allotted_to__valid_to=None).select_related("allotted_to"):
        if place.allotted_to:
            quota[place.allotted_to] = quota.get(place.allotted_to, 0) + 1
    _write_places(new, quota)
    return new


def _following(city_round_id: int | None) -> Round | None:
    """The newest round that was copied from this one and can still be fed."""
    rows = Round.objects.filter(copied_from=city_round_id, status__in=(RoundStatus.DRAFT, RoundStatus.OPEN))
    return rows.order_by("-pk").first() if city_round_id else None


def _moved(row: Line, new: Round) -> Line:
    """The row as a new one of another round."""
    row.pk, row.round = None, new
    return row


def _next_year(moment: datetime) -> datetime:
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    return moment.replace(year=moment.year + 1, day=day)


@transaction.atomic
def change_round(*, actor: User, scope: Scope, round_id: int, **details: Any) -> Round:
    """Correct a draft. What is published stands: DomainError `published`."""
    round_ = lock_draft(scope, round_id)
    code = details.get("code", round_.code)
    if Round.objects.filter(code=code).exclude(pk=round_.pk).exists():
        raise DomainError("code_taken", _("这个编号已被使用，请换一个。"), field="code")
    for name, value in details.items():
        setattr(round_, name, value)
    round_.save()
    return round_


@transaction.atomic
def set_stages(
    *, actor: User, scope: Scope, round_id: int, stages: Mapping[str, tuple[datetime, datetime]]
) -> list[Stage]:
    """Replace the dates of a draft: kind → (opens, closes). DomainError `stage_order`, `stage_length`."""
    round_ = lock_draft(scope, round_id)
    rows = [Stage(round=round_, kind=kind, opens_at=a, closes_at=b) for kind, (a, b) in stages.items()]
    for row in rows:
        if row.closes_at <= row.opens_at:
            raise DomainError(
                "stage_length", _("“%s”的结束须晚于开始。") % row.get_kind_display(), field=f"{row.kind}_closes"
            )
    if problem := order_problem(rows):
        raise DomainError("stage_order", problem)
    round_.stages.all().delete()
    return Stage.objects.bulk_create(rows)


@transaction.atomic
def extend_stage(*, actor: User, scope: Scope, round_id: int, kind: str, closes_at: datetime) -> Stage:
    """Move the end of a stage of a published round to a later moment, for everybody alike."""
    round_ = Round.objects.select_for_update(of=("self",)).select_related("unit").get(pk=round_id)
    ensure_keeper(scope, round_)
    stage = round_.stages.filter(kind=kind).first()
    if stage is None or closes_at <= stage.closes_at:
        raise DomainError("not_later", _("只能往后延期，请填一个更晚的时间。"), field="closes_at")
    stage.closes_at = closes_at
    stage.save(update_fields=["closes_at"])
    return stage


@transaction.atomic
def set_questions(*, actor: User, scope: Scope, round_id: int, rows: Sequence[Mapping[str, Any]]) -> list[Question]:
    """Replace the form of a draft; the order is the order of `rows`."""
    round_ = lock_draft(scope, round_id)
    _refuse_repeated(row["code"] for row in rows)
    round_.questions.all().delete()
    return Question.objects.bulk_create([Question(round=round_, order=n, **row) for n, row in enumerate(rows, 1)])


@transaction.atomic
def set_criteria(*, actor: User, scope: Scope, round_id: int, rows: Sequence[Mapping[str, Any]]) -> list[Criterion]:
    """Replace the rubric of a draft; the order is the order of `rows`."""
    round_ = lock_draft(scope, round_id)
    _refuse_repeated(row["code"] for row in rows)
    round_.criteria.all().delete()
    return Criterion.objects.bulk_create([Criterion(round=round_, order=n, **row) for n, row in enumerate(rows, 1)])


def _refuse_repeated(codes: Iterable[str]) -> None:
    seen = list(codes)
    if len(set(seen)) < len(seen):
        raise DomainError("repeated", _("代码重复，请逐行改成不同的代码。"))


@transaction.atomic
def allot_places(*, actor: User, scope: Scope, round_id: int, quota: Mapping[District, int], pool: int) -> int:
    """Write the quota of a draft: district → places, and the size of the city pool. Returns all places."""
    round_ = lock_draft(scope, round_id)
    round_.pool_places = pool
    round_.save(update_fields=["pool_places"])
    round_.places.all().delete()
    return _write_places(round_, quota)


def _write_places(round_: Round, quota: Mapping[District, int]) -> int:
    owners: list[District | None] = [district for district, count in quota.items() for _n in range(count)]
    owners += [None] * round_.pool_places
    Place.objects.bulk_create(
        [Place(round=round_, number=n, allotted_to=owner, district=owner) for n, owner in enumerate(owners, 1)]
    )
    return len(owners)


def publish_round(*, actor: User, scope: Scope, round_id: int, lock_version: int) -> Outcome[Round]:
    """The call goes out; from now on only dates may move. DomainError `incomplete` with what is missing."""

    def check(round_: Round, step: Transition) -> dict[str, Any]:
        if missing := missing_parts(round_):
            raise DomainError("incomplete", "；".join(missing), missing=missing)
        if round_.has_recommendation:
            districts = District.objects.filter(valid_to=None)
            DistrictList.objects.bulk_create(
                [DistrictList(round=round_, district=district, status=ListStatus.DRAFT) for district in districts]
            )
        return {}

    return perform(
        actor=actor, process=ROUND_PROCESS, model=Round, pk=round_id, action="publish", lock_version=lock_version,
        roles=lambda row: roles_on_round(scope, row), consequence=check,
    )  # fmt: skip


def cancel_round(*, actor: User, scope: Scope, round_id: int, lock_version: int, reason: str) -> Outcome[Round]:
    """Call the round off before the panel is drawn; what was handed in stays readable."""
    return perform(
        actor=actor, process=ROUND_PROCESS, model=Round, pk=round_id, action="cancel", lock_version=lock_version,
        roles=lambda row: roles_on_round(scope, row), comment=reason,
    )  # fmt: skip


def missing_parts(round_: Round) -> list[str]:
    """What a draft still needs before it can be published, as sentences."""
    kinds = {stage.kind for stage in round_.stages.all()}
    needed = [*NEEDED, StageKind.RECOMMENDATION] if round_.has_recommendation else [*NEEDED]
    missing = [_("缺“%s”的起止时间。") % kind.label for kind in needed if kind not in kinds]
    if not round_.questions.exists():
        missing.append(_("申报表还没有栏目。"))
    codes = set(round_.criteria.values_list("code", flat=True))
    if not codes:
        missing.append(_("评分标准还没有指标。"))
    if unknown := [code for code in round_.tie_rule if code not in codes]:
        missing.append(_("同分规则里没有这些指标：%s。") % "、".join(unknown))
    if round_.has_recommendation and not round_.places.exists():
        missing.append(_("还没有分配推荐名额。"))
    if not round_.target:
        missing.append(_("还没有填拟入选数。"))
    cap = cap_of_round(round_)
    if cap is not None and round_.target > cap.left:
        missing.append(
            _("拟入选 %(target)d 个，%(year)d 年度只剩 %(left)d 个（每年至多 %(most)d 个）。")
            % {"target": round_.target, "year": cap.year, "left": cap.left, "most": cap.most}
        )
    return missing + [text for gaps in requirements.of_rounds for text in gaps(round_)]


def lock_draft(scope: Scope, round_id: int) -> Round:
    """The locked draft. DomainError `forbidden` (403), `published` (409)."""
    round_ = Round.objects.select_for_update(of=("self",)).select_related("unit").get(pk=round_id)
    ensure_keeper(scope, round_)
    if round_.status != RoundStatus.DRAFT:
        raise DomainError("published", _("批次已经发布，规则不再改动；时间可以延期。"), status=409)
    return round_


def ensure_keeper(scope: Scope, round_: Round) -> None:
    if not roles_on_round(scope, round_):
        raise DomainError("forbidden", _("只有组织单位的工作人员可以办理。"), status=403)
