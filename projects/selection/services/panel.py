"""The panel: the register, the draw, the declaration, the score sheets, replacing who is late."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Office, Role, Unit
from portal.accounts.models import User
from portal.workflow.batches import perform_many
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection.models import (
    OPEN_OR_DONE,
    Application,
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    Conflict,
    ConflictKind,
    Expert,
    Recommendation,
    Round,
    Tie,
)
from projects.selection.process import APPLICATION_PROCESS, ROUND_PROCESS
from projects.selection.rules.access import roles_on_application, roles_on_round
from projects.selection.rules.assignment import draw, lot
from projects.selection.selectors.conflicts import city_readers, find_conflicts, list_active_experts

from .blinding import RELATED, make_blind


@transaction.atomic
def register_expert(
    *, actor: User, scope: Scope, office: Office, expertise: Sequence[str], employer: Unit | None
) -> Expert:
    """Enter (or change) the holder of an expert office. DomainError `forbidden`, `not_expert`, `reads_cases`."""
    if Role.CITY_ADMIN not in scope.roles and Role.CITY_STAFF not in scope.roles:
        raise DomainError("forbidden", _("专家库由市教育工委维护。"), status=403)
    if office.role != Role.EXPERT:
        raise DomainError("not_expert", _("只有任职为评审专家的账号可以入库。"), field="office")
    if city_readers([office.user_id]):
        raise DomainError(
            "reads_cases",
            _("这个账号还有市级任职，能查阅全部申报材料，不能担任盲评专家。请另选专家，或先结束那项任职。"),
            field="office",
        )
    expert, _created = Expert.objects.update_or_create(
        office=office, defaults={"expertise": list(expertise), "employer": employer, "is_active": True}
    )
    return expert


@transaction.atomic
def retire_expert(*, actor: User, scope: Scope, expert_id: int) -> Expert:
    """No new draws for this expert; what is assigned stays."""
    if Role.CITY_ADMIN not in scope.roles and Role.CITY_STAFF not in scope.roles:
        raise DomainError("forbidden", _("专家库由市教育工委维护。"), status=403)
    expert = Expert.objects.select_for_update().get(pk=expert_id)
    expert.is_active = False
    expert.save(update_fields=["is_active"])
    return expert


@transaction.atomic
def declare_tie(*, actor: User, scope: Scope, expert_id: int, unit: Unit, kind: str, note: str = "") -> Tie:
    """An expert names a relation to a unit before any draw; saying it twice changes the note only."""
    expert = Expert.objects.select_related("office").get(pk=expert_id)
    if expert.office_id not in {grant.office_id for grant in scope.grants}:
        raise DomainError("forbidden", _("只能由专家本人声明。"), status=403)
    tie, _created = Tie.objects.update_or_create(expert=expert, unit=unit, kind=kind, defaults={"note": note.strip()})
    return tie


def draw_panel(*, actor: User, scope: Scope, round_id: int, lock_version: int, seed: str = "") -> Outcome[Round]:
    """Close the lists, give blind codes, detect conflicts, draw, redact. All of it or nothing.

    `seed`: agreed beforehand (a public lottery number); a random one if empty. It is published with the round.
    DomainError `unchecked`, `nobody`, `panel_short` with `short` (blind code → missing seats).
    """

    def run(round_: Round, step: Transition) -> dict[str, Any]:
        _refuse_unchecked(round_)
        stands = ApplicationStatus.RECOMMENDED if round_.has_recommendation else ApplicationStatus.DISTRICT_REVIEW
        applications = list(
            Application.objects.select_for_update(of=("self",))
            .filter(round=round_, status=stands)
            .select_related(*RELATED)
            .order_by("pk")
        )
        if not applications:
            raise DomainError("nobody", _("没有可以评审的申报。"))
        round_.seed = seed.strip() or secrets.token_hex(8)
        _give_blind_codes(round_, applications)
        experts = list_active_experts(expertise=round_.expertise)
        pairs, barred = _draw_pairs(round_, applications, experts)
        passed_over = Application.objects.filter(round=round_, status=ApplicationStatus.DISTRICT_REVIEW)
        _move(actor, scope, [a.pk for a in applications], "admit")
        _move(actor, scope, list(passed_over.values_list("pk", flat=True)), "pass_over")
        # In the order of the blind codes: the keys of the sheets, which experts see, tell nothing about the cases'.
        codes = {a.pk: a.blind_code for a in applications}
        Assignment.objects.bulk_create(
            [
                Assignment(round=round_, application_id=a, expert_id=e, status=AssignmentStatus.ASSIGNED)
                for a, e in sorted(pairs, key=lambda pair: (codes[pair[0]], pair[1]))
            ]
        )
        make_blind(applications)
        # Who could be drawn for what stands with the draw: whatever changes later changes nothing in it.
        return {
            "seed": round_.seed, "items": len(applications), "seats": len(pairs),
            "experts": sorted(expert.pk for expert in experts), "barred": sorted(barred),
        }  # fmt: skip

    return perform(
        actor=actor, process=ROUND_PROCESS, model=Round, pk=round_id, action="draw", lock_version=lock_version,
        roles=lambda row: roles_on_round(scope, row), consequence=run,
    )  # fmt: skip


def _refuse_unchecked(round_: Round) -> None:
    waiting = Application.objects.filter(round=round_, status=ApplicationStatus.SUBMITTED).count()
    if waiting:
        raise DomainError("unchecked", _("还有 %d 份申报没有审核资格，审完再抽取专家。") % waiting)
    if not round_.has_recommendation:
        return
    unsent = Recommendation.objects.filter(
        round=round_, is_reserve=False, application__status=ApplicationStatus.DISTRICT_REVIEW
    )
    if names := sorted(set(unsent.values_list("district__name", flat=True))):
        raise DomainError("unchecked", _("这些区县的名单还没有报送：%s。") % "、".join(names))


def _give_blind_codes(round_: Round, applications: Sequence[Application]) -> None:
    """01, 02 … in the order of the lot: the number tells nothing about district or time."""
    width = max(2, len(str(len(applications))))
    for number, application in enumerate(sorted(applications, key=lambda a: lot(round_.seed, f"{a.pk}")), 1):
        application.blind_code = f"{number:0{width}d}"
    Application.objects.bulk_update(applications, ["blind_code"])


def _draw_pairs(
    round_: Round, applications: Sequence[Application], experts: Sequence[Expert]
) -> tuple[list[tuple[int, int]], set[tuple[int, int]]]:
    """The seats, and the pairs (application, expert) that were barred from them."""
    conflicts = find_conflicts(experts, applications)
    Conflict.objects.bulk_create(
        [Conflict(expert=e, application=a, kind=kind) for e, a, kind in conflicts], ignore_conflicts=True
    )
    drawn = draw(
        [f"{a.pk}" for a in applications], [f"{e.pk}" for e in experts], seed=round_.seed,
        panel_size=round_.panel_size, load_limit=round_.expert_load,
        barred={(f"{a.pk}", f"{e.pk}") for e, a, _kind in conflicts},
    )  # fmt: skip
    if drawn.short:
        reading = len({expert.pk for expert, _a, kind in conflicts if kind == ConflictKind.READS})
        why = _("有 %d 名专家因市级任职可查阅材料，不参加抽取。") % reading if reading else ""
        codes = {f"{a.pk}": a.blind_code for a in applications}
        raise DomainError(
            "panel_short",
            _("专家不够：%(n)d 份材料凑不齐 %(size)d 人。请增补专家，或提高每名专家的件数上限。")
            % {"n": len(drawn.short), "size": round_.panel_size}
            + why,
            short={codes[item]: left for item, left in drawn.short.items()},
        )
    seats = [(int(item), int(expert)) for item, expert in drawn.pairs]
    return seats, {(application.pk, expert.pk) for expert, application, _kind in conflicts}


def fill_seat(old: Assignment) -> Assignment | None:
    """Seat another expert in the place of `old`: free of conflict, new to the item, least loaded, then by lot.

    None if there is nobody: the seat stays empty and the chair sees it. The round is locked: seats that are filled at
    the same moment neither go to one expert for one item nor pass the limit together.
    """
    round_ = Round.objects.select_for_update(of=("self",)).get(pk=old.round_id)
    application = Application.objects.select_related("school").get(pk=old.application_id)
    used = set(application.assignments.values_list("expert_id", flat=True))
    used |= set(application.conflicts.values_list("expert_id", flat=True))
    experts = [e for e in list_active_experts(expertise=round_.expertise) if e.pk not in used]
    found = find_conflicts(experts, [application])
    Conflict.objects.bulk_create(
        [Conflict(expert=e, application=a, kind=kind) for e, a, kind in found], ignore_conflicts=True
    )
    barred = {e.pk for e, _a, _kind in found}
    loads: dict[int, int] = {}
    for expert_id in Assignment.objects.filter(round=round_, status__in=OPEN_OR_DONE).values_list(
        "expert_id", flat=True
    ):
        loads[expert_id] = loads.get(expert_id, 0) + 1
    free = [e for e in experts if e.pk not in barred and loads.get(e.pk, 0) < round_.expert_load]
    if not free:
        return None
    chosen = min(free, key=lambda e: (loads.get(e.pk, 0), lot(round_.seed, "replace", f"{old.pk}", f"{e.pk}")))
    return Assignment.objects.create(
        round=round_, application=application, expert=chosen, status=AssignmentStatus.ASSIGNED, replaces=old
    )


def _move(actor: User, scope: Scope, pks: Sequence[int], action: str) -> None:
    perform_many(
        actor=actor, process=APPLICATION_PROCESS, model=Application, pks=pks, action=action,
        roles=lambda row: roles_on_application(scope, row), related=("round__unit",),
    )  # fmt: skip
