"""When a step is open: to the second, by the dates of the stages."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.ui.formats import show_begin, show_until
from portal.workflow.errors import DomainError
from projects.selection.models import Round, Stage, StageKind


def find_stage(round_: Round, kind: str) -> Stage | None:
    """The stage of the round; reads the (prefetched) stages once."""
    return next((stage for stage in round_.stages.all() if stage.kind == kind), None)


def last_day(stage: Stage) -> date:
    """The last day on which the step can be done: one that closes at midnight ends the day before."""
    return timezone.localdate(stage.closes_at - timedelta(microseconds=1))


def is_open(stage: Stage | None, now: datetime | None = None) -> bool:
    """From the first moment of `opens_at` up to, and without, `closes_at`."""
    moment = now or timezone.now()
    return stage is not None and stage.opens_at <= moment < stage.closes_at


def require_open(round_: Round, kind: str) -> None:
    """DomainError `closed` (409) with the dates, unless the stage is open now."""
    stage = find_stage(round_, kind)
    if stage is None:
        raise DomainError("closed", _("本批次没有“%s”阶段。") % StageKind(kind).label, status=409)
    _require_one([stage])


def require_within(round_: Round, *kinds: str) -> None:
    """DomainError `closed` (409) with the dates, unless one of the stages is open now.

    Stages for which the round names no dates bind nobody: only application, recommendation and review must have some.
    """
    stages = [stage for stage in round_.stages.all() if stage.kind in kinds]
    if stages:
        _require_one(stages)


def _require_one(stages: Sequence[Stage]) -> None:
    if any(is_open(stage) for stage in stages):
        return
    spans = "；".join(
        _("“%(stage)s”的时间是 %(from)s 至 %(to)s")
        % {"stage": stage.get_kind_display(), "from": show_begin(stage.opens_at), "to": show_until(stage.closes_at)}
        for stage in stages
    )
    late = all(stage.closes_at <= timezone.now() for stage in stages)
    hint = _("现在不能办理。确需补办的，请组织单位在批次页延期。") if late else _("现在不能办理。")
    raise DomainError("closed", f"{spans}，{hint}", status=409)


def order_problem(stages: Iterable[Stage]) -> str:
    """Why these stages cannot follow one another; empty when they can."""
    order = {kind: number for number, kind in enumerate(StageKind.values)}
    rows = sorted(stages, key=lambda stage: order[stage.kind])
    for before, after in pairwise(rows):
        if after.opens_at < before.opens_at:
            return _("“%(later)s”不能早于“%(earlier)s”开始。") % {
                "later": after.get_kind_display(), "earlier": before.get_kind_display(),
            }  # fmt: skip
    return ""


def as_day(text: str) -> date | None:
    """2025-11-06 as a day; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
