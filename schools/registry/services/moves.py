"""Schools change the unit they belong to: one or a hundred, with one document, dated, all or none."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Affiliation, District, Journal, Zone
from portal.accounts.models import User
from portal.ui.formats import show_day
from portal.workflow.errors import DomainError
from schools.registry.models import School
from schools.registry.rules import can_keep_register, can_move_schools

from .schools import ensure_allowed, refuse_future

NAMED = 5


@transaction.atomic
def move_schools(
    *, actor: User, scope: Scope, school_ids: Collection[int], district: District, on: date,
    zone: Zone | None = None, reason: str = "",
) -> list[School]:  # fmt: skip
    """From `on` the schools belong to `district` (and `zone`). Periods that ended before stay with the old district.

    Schools that are there already stay as they are; returned are those that moved. Inside a district (another zone)
    its administrator may do it; between districts only the city. DomainError `date` when a later move is on record,
    `same_place`, `wrong_zone`, `abolished`, `closed`, `reason`, `none`, `forbidden`; nothing is moved then.
    """
    wanted = set(school_ids)
    schools = list(
        School.objects.select_for_update(of=("self",)).select_related("district").filter(pk__in=wanted).order_by("pk")
    )
    if not schools or len(schools) != len(wanted):
        raise DomainError("none", _("请至少选择一所学校。"))
    moves_out = any(school.district_id != district.pk for school in schools)
    ensure_allowed(can_move_schools(scope) if moves_out else can_keep_register(scope, district))
    _check_target(district, zone, on, reason, needs_reason=moves_out)
    moving = [s for s in schools if (s.district_id, s.zone_id) != (district.pk, zone.pk if zone else None)]
    _check_schools(schools, moving)
    _rewrite_affiliations(moving, district, zone, on, reason.strip()[:200])
    ids = [school.pk for school in moving]
    # A school that stands where it belongs goes along; one that the city runs keeps its place.
    School.objects.filter(pk__in=ids, location_district=F("district")).update(location_district=district)
    School.objects.filter(pk__in=ids).update(district=district, zone=zone)
    Journal.objects.bulk_create(Journal(topic="school.moved", unit_id=pk) for pk in ids)
    return list(School.objects.filter(pk__in=ids).select_related("district", "zone").order_by("code"))


def move_school(
    *, actor: User, scope: Scope, school_id: int, district: District, on: date, zone: Zone | None = None,
    reason: str = "",
) -> School:  # fmt: skip
    """One school; as `move_schools`."""
    return move_schools(
        actor=actor, scope=scope, school_ids=[school_id], district=district, on=on, zone=zone, reason=reason
    )[0]


def _check_target(district: District, zone: Zone | None, on: date, reason: str, *, needs_reason: bool) -> None:
    if district.valid_to is not None:
        raise DomainError("abolished", _("%s 已撤销，请另选划入单位。") % district, field="district")
    if zone is not None and zone.district_id != district.pk:
        raise DomainError("wrong_zone", _("片区不属于所选单位，请重新选择。"), field="zone")
    refuse_future(on)
    if district.valid_from is not None and on < district.valid_from:
        raise DomainError("date", _("%s 到 %s 才设立。") % (district, show_day(district.valid_from)), field="on")
    if needs_reason and not reason.strip():
        raise DomainError("reason", _("请写明划转依据，例如文件名称和文号。"), field="reason")


def _check_schools(schools: Sequence[School], moving: Sequence[School]) -> None:
    if closed := [school for school in schools if school.valid_to is not None]:
        raise DomainError("closed", _("%s 已撤销，不能划转。") % _names(closed))
    if not moving:
        raise DomainError("same_place", _("学校已在这个单位和片区，没有变化。"), field="district")


def _rewrite_affiliations(
    moving: Sequence[School], district: District, zone: Zone | None, on: date, reason: str
) -> None:
    names = {school.pk: school for school in moving}
    current = Affiliation.objects.select_for_update().filter(unit_id__in=names, valid_to=None)
    late = [item for item in current if on <= item.valid_from]
    if late:
        latest = max(item.valid_from for item in late)
        who = _names([names[item.unit_id] for item in late])
        raise DomainError(
            "date",
            _("生效日期须晚于现有隶属的起始日 %(day)s（%(who)s）。") % {"day": show_day(latest), "who": who},
            field="on",
        )
    current.update(valid_to=on)
    Affiliation.objects.bulk_create(
        Affiliation(unit_id=pk, district=district, zone=zone, valid_from=on, reason=reason) for pk in names
    )


def _names(schools: Sequence[School]) -> str:
    words = "、".join(school.name for school in schools[:NAMED])
    return words if len(schools) <= NAMED else _("%(names)s 等 %(n)d 所") % {"names": words, "n": len(schools)}
