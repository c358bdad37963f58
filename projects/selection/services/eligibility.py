"""The check of eligibility: when it may be done, and many cases at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.batches import perform_many
from portal.workflow.engine import decide
from portal.workflow.errors import DomainError
from portal.workflow.models import Event
from projects.selection.models import Application, ApplicationStatus, Round, StageKind
from projects.selection.process import APPLICATION_PROCESS, CHECKERS
from projects.selection.rules.access import roles_on_application
from projects.selection.rules.dates import require_within
from projects.selection.selectors.eligibility import obstacles_of

from .notes import leave_notes

# What roles, dates, the form and eligibility read of a case.
CASE = (
    "round__unit", "round__designation_kind", "round__needs_designation", "school", "organisation", "office__unit",
)  # fmt: skip
NAME = APPLICATION_PROCESS.name


def require_checkable(application: Application) -> None:
    """The eligibility stage; what was found eligible or sent back before is also looked at while districts recommend.

    DomainError `closed` (409) with the dates.
    """
    again = application.status == ApplicationStatus.DISTRICT_REVIEW or application.pk in _sent_back([application.pk])
    _require(application.round, again=again)


def _require(round_: Round, *, again: bool) -> None:
    require_within(round_, StageKind.ELIGIBILITY, *([StageKind.RECOMMENDATION] if again else []))


def _sent_back(application_ids: Collection[int]) -> set[int]:
    """Those of the cases that were returned for mending at some time."""
    steps = Event.objects.filter(process=NAME, action="send_back", object_id__in=application_ids)
    return set(steps.values_list("object_id", flat=True))


@dataclass(frozen=True, slots=True)
class Refused:
    """A ticked case that stays unchecked, and why, as a sentence."""

    application: Application
    reason: str


@transaction.atomic
def accept_many(
    *, actor: User, scope: Scope, round_id: int, versions: Mapping[int, int]
) -> tuple[list[Application], list[Refused]]:
    """The ticked cases of one round that are eligible are accepted; the others stay, each with its reason.

    `versions`: case → lock_version as the form carried it. A case that this actor accepted a moment ago (a second
    click) is in neither list. The same number of queries for any number of cases.
    DomainError `nobody`; `forbidden` (403) when one of them is not the actor's to check.
    """
    locked = Application.objects.select_for_update(of=("self",)).filter(round=round_id, pk__in=versions)
    cases = list(locked.select_related(*CASE).order_by("pk"))
    if not cases:
        raise DomainError("nobody", _("请勾选要通过的申报。"))
    if any(not CHECKERS & roles_on_application(scope, case) for case in cases):
        raise DomainError("forbidden", _("其中有不归您审核资格的申报，一份也没有办理。"), status=403)
    round_ = cases[0].round
    # The dates are read once for all.
    prefetch_related_objects([round_], "stages")
    changed = [case for case in cases if case.lock_version != versions[case.pk]]
    done = _accepted_before(actor, changed, versions)
    open_ = [case for case in cases if case.pk not in done]
    refused = _list_refused(actor, scope, round_, open_, versions)
    barred = {row.application.pk for row in refused}
    accepted = perform_many(
        actor=actor, process=APPLICATION_PROCESS, model=Application, action="accept", related=CASE,
        pks=[case.pk for case in open_ if case.pk not in barred], roles=lambda row: roles_on_application(scope, row),
    )  # fmt: skip
    leave_notes(accepted)
    return accepted, refused


def _accepted_before(actor: User, changed: Sequence[Application], versions: Mapping[int, int]) -> set[int]:
    if not changed:
        return set()
    steps = Event.objects.filter(process=NAME, action="accept", actor=actor, object_id__in=[row.pk for row in changed])
    return {pk for pk, version in steps.values_list("object_id", "version") if versions[pk] == version}


def _list_refused(
    actor: User, scope: Scope, round_: Round, cases: Sequence[Application], versions: Mapping[int, int]
) -> list[Refused]:
    keys = [case.pk for case in cases]
    again = _sent_back(keys)
    steps = Event.objects.filter(process=NAME, action="submit", object_id__in=keys).order_by("object_id", "-id")
    makers = dict(steps.distinct("object_id").values_list("object_id", "actor_id"))
    refused = []
    for case, obstacles in zip(cases, obstacles_of(round_, cases), strict=True):
        reason = "".join(obstacles)
        try:
            if case.lock_version != versions[case.pk]:
                raise DomainError("stale", _("刚被别人更新，请刷新后再办理。"), status=409)
            decide(
                APPLICATION_PROCESS, source=case.status, action="accept", roles=roles_on_application(scope, case),
                comment="", is_maker=makers.get(case.pk) == actor.pk,
            )  # fmt: skip
            _require(round_, again=case.pk in again)
        except DomainError as error:
            reason = error.message
        if reason:
            refused.append(Refused(case, reason))
    return refused
