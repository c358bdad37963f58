"""The district's list: places, order, reserves, reasons; over the quota is impossible, also for two at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import District
from portal.accounts.models import User
from portal.workflow.batches import perform_many
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection.models import (
    Application,
    ApplicationStatus,
    DistrictList,
    ListStatus,
    Place,
    Recommendation,
    Round,
    RoundStatus,
    StageKind,
)
from projects.selection.process import APPLICATION_PROCESS, LIST_PROCESS
from projects.selection.rules.access import roles_on_application, roles_on_list
from projects.selection.rules.dates import require_open

from .notes import leave_notes
from .rounds import ensure_keeper


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list, in the order of the list."""

    application_id: int
    is_reserve: bool
    reason: str


@transaction.atomic
def save_list(
    *, actor: User, scope: Scope, list_id: int, entries: Sequence[Entry], minutes: str = ""
) -> list[Recommendation]:
    """Write the whole draft list anew.

    DomainError `over_quota`, `reason`, `not_here`, `sent`, `closed`, `forbidden`.
    """
    held, places = _lock_list(scope, list_id)
    if held.status != ListStatus.DRAFT:
        raise DomainError("sent", _("名单已报送。要改请联系市教育工委重新开放。"), status=409)
    require_open(held.round, StageKind.RECOMMENDATION)
    applications = _eligible(held, entries)
    chosen = [e for e in entries if not e.is_reserve]
    if len(chosen) > len(places):
        raise DomainError(
            "over_quota",
            _("名额 %(quota)d 个，推荐了 %(n)d 个。请把多出的改为候补或不推荐。")
            % {"quota": len(places), "n": len(chosen)},
        )
    if missing := [applications[e.application_id].holder_name for e in entries if not e.reason.strip()]:
        raise DomainError("reason", _("请写推荐理由：%s。") % "、".join(missing))
    held.minutes = minutes.strip()
    held.save(update_fields=["minutes"])
    Recommendation.objects.filter(round=held.round, district=held.district).delete()
    free = iter(places)
    rows = []
    for group in (chosen, [e for e in entries if e.is_reserve]):
        for rank, entry in enumerate(group, 1):
            rows.append(
                Recommendation(
                    application_id=entry.application_id, round=held.round, district=held.district,
                    place=None if entry.is_reserve else next(free), is_reserve=entry.is_reserve, rank=rank,
                    reason=entry.reason.strip(),
                )
            )  # fmt: skip
    return Recommendation.objects.bulk_create(rows)


def _lock_list(scope: Scope, list_id: int) -> tuple[DistrictList, list[Place]]:
    """The list and its district's places, locked: two writers of one district wait for each other."""
    held = (
        DistrictList.objects.select_for_update(of=("self",)).select_related("round__unit", "district").get(pk=list_id)
    )
    if "district" not in roles_on_list(scope, held.round, held.district_id):
        raise DomainError("forbidden", _("只有本区县可以拟定推荐名单。"), status=403)
    places = Place.objects.select_for_update().filter(round=held.round, district=held.district).order_by("number")
    return held, list(places)


def _eligible(held: DistrictList, entries: Sequence[Entry]) -> dict[int, Application]:
    rows = Application.objects.filter(
        round=held.round, district=held.district, status=ApplicationStatus.DISTRICT_REVIEW
    ).select_related("school", "organisation", "office__unit")
    found = {row.pk: row for row in rows}
    ids = [entry.application_id for entry in entries]
    if len(set(ids)) < len(ids) or not set(ids) <= set(found):
        raise DomainError("not_here", _("名单里有不在待推荐之列的申报，请刷新后再定。"), status=409)
    return found


def send_list(*, actor: User, scope: Scope, list_id: int, lock_version: int) -> Outcome[DistrictList]:
    """Send the list to the city: the recommended move on, reserves wait, the rest is passed over.

    DomainError `empty`, `closed`.
    """

    def send(held: DistrictList, step: Transition) -> dict[str, Any]:
        require_open(held.round, StageKind.RECOMMENDATION)
        rows = Recommendation.objects.filter(round=held.round, district=held.district)
        listed = set(rows.values_list("application_id", flat=True))
        chosen = set(rows.filter(is_reserve=False).values_list("application_id", flat=True))
        if not chosen:
            raise DomainError("empty", _("名单还是空的。不推荐的，请把名额退回市级机动。"))
        here = Application.objects.filter(
            round=held.round, district=held.district, status=ApplicationStatus.DISTRICT_REVIEW
        )
        rest = set(here.values_list("pk", flat=True)) - listed
        _move(actor, scope, chosen, "recommend")
        _move(actor, scope, rest, "pass_over")
        held.sent_at = timezone.now()
        return {"recommended": len(chosen)}

    return _list_step(actor, scope, list_id, lock_version, "send", consequence=send)


def reopen_list(*, actor: User, scope: Scope, list_id: int, lock_version: int, reason: str) -> Outcome[DistrictList]:
    """The city gives a list back to its district, with a reason, while the recommendation stage runs."""

    def reopen(held: DistrictList, step: Transition) -> dict[str, Any]:
        if held.round.status != RoundStatus.OPEN:
            raise DomainError("drawn", _("已进入盲评，名单不能再改。"), status=409)
        # A list that is given back when nobody can send it any more would be lost.
        require_open(held.round, StageKind.RECOMMENDATION)
        sent = Application.objects.filter(
            round=held.round, district=held.district,
            status__in=[ApplicationStatus.RECOMMENDED, ApplicationStatus.DECLINED],
        )  # fmt: skip
        _move(actor, scope, set(sent.values_list("pk", flat=True)), "reopen", reason)
        held.sent_at = None
        return {}

    return _list_step(actor, scope, list_id, lock_version, "reopen", comment=reason, consequence=reopen)


@transaction.atomic
def promote_reserve(*, actor: User, scope: Scope, list_id: int, application_id: int) -> Recommendation:
    """After the list was sent, a reserve takes a place that became free. DomainError `not_free`, `not_here`, `sent`."""
    held, places = _lock_list(scope, list_id)
    if held.status != ListStatus.SENT or held.round.status != RoundStatus.OPEN:
        raise DomainError("sent", _("名单报送后、盲评开始前才能递补。"), status=409)
    rows = Recommendation.objects.filter(round=held.round, district=held.district)
    row = rows.filter(application_id=application_id, is_reserve=True).first()
    if row is None:
        raise DomainError("not_here", _("这份申报不在候补名单里。"), status=409)
    taken = set(rows.exclude(place=None).values_list("place_id", flat=True))
    free = [place for place in places if place.pk not in taken]
    if not free:
        raise DomainError("not_free", _("没有空出的名额。"))
    last = rows.filter(is_reserve=False).order_by("-rank").values_list("rank", flat=True).first() or 0
    row.is_reserve, row.place, row.rank = False, free[0], last + 1
    row.save()
    _move(actor, scope, {application_id}, "recommend")
    return row


@transaction.atomic
def return_places(*, actor: User, scope: Scope, list_id: int, count: int, reason: str) -> int:
    """A district gives unused places back to the city pool. DomainError `not_free`, `reason`, `forbidden`, `drawn`."""
    held, places = _lock_list(scope, list_id)
    if held.round.status != RoundStatus.OPEN:
        raise DomainError("drawn", _("已进入盲评，名额不再调剂。"), status=409)
    taken = set(Recommendation.objects.filter(place__in=places).values_list("place_id", flat=True))
    free = [place for place in places if place.pk not in taken]
    if not 1 <= count <= len(free):
        raise DomainError("not_free", _("空余名额 %d 个，请填 1 到这个数。") % len(free), field="count")
    return _give(free[-count:], None, actor, reason)


@transaction.atomic
def grant_places(*, actor: User, scope: Scope, round_id: int, district: District, count: int, reason: str) -> int:
    """The city gives places of the pool to a district. DomainError `not_free`, `reason`, `forbidden`, `drawn`."""
    round_ = Round.objects.select_for_update(of=("self",)).select_related("unit").get(pk=round_id)
    ensure_keeper(scope, round_)
    if round_.status not in (RoundStatus.DRAFT, RoundStatus.OPEN):
        raise DomainError("drawn", _("已进入盲评，名额不再调剂。"), status=409)
    free = list(Place.objects.select_for_update().filter(round=round_, district=None).order_by("number"))
    if not 1 <= count <= len(free):
        raise DomainError("not_free", _("机动名额还有 %d 个，请填 1 到这个数。") % len(free), field="count")
    return _give(free[:count], district, actor, reason)


def _give(places: Sequence[Place], district: District | None, actor: User, reason: str) -> int:
    if not reason.strip():
        raise DomainError("reason", _("请写明调剂理由。"), field="reason")
    now = timezone.now()
    for place in places:
        place.district, place.moved_reason, place.moved_at, place.moved_by = district, reason.strip(), now, actor
    return Place.objects.bulk_update(places, ["district", "moved_reason", "moved_at", "moved_by"])


def _move(actor: User, scope: Scope, pks: set[int], action: str, comment: str = "") -> None:
    moved = perform_many(
        actor=actor, process=APPLICATION_PROCESS, model=Application, pks=pks, action=action, comment=comment,
        roles=lambda row: roles_on_application(scope, row), related=("round__unit",),
    )  # fmt: skip
    leave_notes(moved)


def _list_step(
    actor: User, scope: Scope, list_id: int, lock_version: int, action: str, *, comment: str = "",
    consequence: Any = None,
) -> Outcome[DistrictList]:  # fmt: skip
    return perform(
        actor=actor, process=LIST_PROCESS, model=DistrictList, pk=list_id, action=action, lock_version=lock_version,
        roles=lambda row: roles_on_list(scope, row.round, row.district_id), comment=comment, consequence=consequence,
    )  # fmt: skip
