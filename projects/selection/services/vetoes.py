"""一票否决: recorded with its reason, lifted with a reason; eligibility asks `selectors.eligibility.veto_reason`."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.selection.models import Veto
from projects.selection.rules.access import can_lift_veto, can_record_veto
from schools.registry.models import School


@transaction.atomic
def record_veto(
    *, actor: User, scope: Scope, school: School, reason: str, valid_from: date, valid_to: date | None = None
) -> Veto:
    """Put a school under a veto, from `valid_from` up to, and without, `valid_to` (None: until it is lifted).

    Saying the same twice finds the first one. DomainError `forbidden`, `reason`, `date`.
    """
    if not can_record_veto(scope, school):
        raise DomainError("forbidden", _("一票否决由市教育工委或学校所在区县登记。"), status=403)
    if not reason.strip():
        raise DomainError("reason", _("请写明事由和依据。"), field="reason")
    if valid_to is not None and valid_to <= valid_from:
        raise DomainError("date", _("止的日期须晚于起的日期。"), field="valid_to")
    School.objects.select_for_update(of=("self",)).get(pk=school.pk)
    veto, _created = Veto.objects.get_or_create(
        school=school, reason=reason.strip(), valid_from=valid_from, valid_to=valid_to, lifted_at=None,
        of_city=scope.sees_city, defaults={"recorded_by": actor},
    )  # fmt: skip
    return veto


@transaction.atomic
def lift_veto(*, actor: User, scope: Scope, veto_id: int, reason: str) -> Veto:
    """End a veto today, with a reason on record; a second click finds it lifted. DomainError `forbidden`, `reason`."""
    veto = Veto.objects.select_for_update(of=("self",)).select_related("school").get(pk=veto_id)
    if not can_lift_veto(scope, veto):
        raise DomainError("forbidden", _("市级登记的一票否决由市教育工委解除。"), status=403)
    if veto.lifted_at is not None:
        return veto
    if not reason.strip():
        raise DomainError("reason", _("请写明解除的理由。"), field="reason")
    veto.lifted_at, veto.lifted_by, veto.lifted_reason = timezone.now(), actor, reason.strip()
    veto.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    return veto
