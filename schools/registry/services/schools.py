"""The life of a school in the register: opened, changed, merged, closed. History stays. Moves: see moves.py."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Affiliation, District, Journal, Level, Office, Unit, Zone
from districts.pinyin import keys_of
from portal.accounts.models import User
from portal.ui.formats import show_day
from portal.workflow.errors import DomainError
from schools.registry.models import Campus, School, SchoolGroup
from schools.registry.rules import can_keep_register, can_move_schools

DETAILS = frozenset({"name", "short_name", "kind", "ownership", "area_type", "town", "group", "location_district"})


@transaction.atomic
def open_school(
    *, actor: User, scope: Scope, code: str, name: str, district: District, opened_on: date, zone: Zone | None = None,
    **details: Any,
) -> School:  # fmt: skip
    """Register a new school with its first affiliation.

    `details`: kind, area_type, ownership, town, short_name, group, location_district. DomainError `code_taken`, `date`,
    `forbidden`.
    """
    ensure_allowed(can_keep_register(scope, district))
    refuse_future(opened_on)
    code, name = code.strip(), name.strip()
    if Unit.objects.filter(code=code).exists():
        raise DomainError("code_taken", _("代码 %s 已被使用，请核对。") % code, field="code")
    pinyin, initials = keys_of(name)
    school = School.objects.create(
        code=code, name=name, level=Level.SCHOOL, pinyin=pinyin, initials=initials, valid_from=opened_on,
        district=district, zone=zone, **{"location_district": district, **_known(details)},
    )  # fmt: skip
    Affiliation.objects.create(unit_id=school.pk, district=district, zone=zone, valid_from=opened_on)
    Campus.objects.create(school=school, name=_("校本部"), is_main=True)
    _note("school.opened", school)
    return school


@transaction.atomic
def change_school(*, actor: User, scope: Scope, school_id: int, **details: Any) -> School:
    """Correct what the register says about a school. Past periods keep the type and area they had."""
    school = _lock(school_id)
    ensure_allowed(can_keep_register(scope, school.district))
    for name, value in _known(details).items():
        setattr(school, name, value)
    school.pinyin, school.initials = keys_of(school.name)
    school.save()
    _note("school.changed", school)
    return school


@transaction.atomic
def merge_schools(
    *, actor: User, scope: Scope, school_ids: Collection[int], into_id: int, on: date, reason: str = ""
) -> School:
    """Close `school_ids` on a day; the school `into_id` is recorded as their successor. Returns the successor."""
    if into_id in school_ids:
        raise DomainError("into_itself", _("学校不能并入自己，请另选一所。"), field="into")
    into = _lock(into_id)
    if into.valid_to is not None:
        raise DomainError("closed", _("%s 已撤销，不能并入。") % into, field="into")
    ensure_allowed(can_keep_register(scope, into.district))
    for school_id in sorted(school_ids):
        closed = close_school(actor=actor, scope=scope, school_id=school_id, on=on, reason=reason)
        closed.successors.add(into)
    return into


@transaction.atomic
def close_school(*, actor: User, scope: Scope, school_id: int, on: date, reason: str = "") -> School:
    """`on` is the first day without the school. Its offices end, its figures stay."""
    school = _lock(school_id)
    ensure_allowed(can_keep_register(scope, school.district))
    refuse_future(on)
    if school.valid_to is not None:
        raise DomainError("closed", _("%s 已于 %s 撤销。") % (school, show_day(school.valid_to)))
    current = Affiliation.objects.select_for_update().get(unit_id=school.pk, valid_to=None)
    if on <= current.valid_from:
        raise DomainError("date", _("撤销日期须晚于 %s。") % show_day(current.valid_from), field="on")
    current.valid_to, current.reason = on, (reason.strip() or current.reason)[:200]
    current.save(update_fields=["valid_to", "reason"])
    school.valid_to = on
    school.save()
    Office.objects.filter(unit_id=school.pk, valid_to=None, valid_from__lte=on).update(valid_to=on)
    _note("school.closed", school)
    return school


@transaction.atomic
def save_campus(*, actor: User, scope: Scope, school_id: int, name: str, address: str = "") -> Campus:
    """Add a campus, or correct the address of the one with this name."""
    school = _lock(school_id)
    ensure_allowed(can_keep_register(scope, school.district))
    if not name.strip():
        raise DomainError("campus_name", _("请写出校区名称。"), field="name")
    campus, _created = Campus.objects.update_or_create(
        school=school, name=name.strip(), defaults={"address": address.strip()}
    )
    return campus


@transaction.atomic
def remove_campus(*, actor: User, scope: Scope, school_id: int, campus_id: int) -> None:
    """Remove a campus; the main one stays."""
    school = _lock(school_id)
    ensure_allowed(can_keep_register(scope, school.district))
    campus = Campus.objects.filter(school=school, pk=campus_id).first()
    if campus is None:
        return
    if campus.is_main:
        raise DomainError("main_campus", _("校本部不能删除。"))
    campus.delete()


@transaction.atomic
def add_group(*, actor: User, scope: Scope, name: str) -> SchoolGroup:
    """Register a 教育集团. Only the city does: groups cross districts."""
    ensure_allowed(can_move_schools(scope))
    name = name.strip()
    if not name or SchoolGroup.objects.filter(name=name).exists():
        raise DomainError("group_name", _("请写出一个没有用过的集团名称。"), field="name")
    number = SchoolGroup.objects.count() + 1
    while Unit.objects.filter(code=f"G{number:04d}").exists():
        number += 1
    pinyin, initials = keys_of(name)
    return SchoolGroup.objects.create(
        code=f"G{number:04d}", name=name, level=Level.GROUP, pinyin=pinyin, initials=initials
    )


def _lock(school_id: int) -> School:
    return School.objects.select_for_update(of=("self",)).select_related("district").get(pk=school_id)


def _known(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name in DETAILS}


def ensure_allowed(allowed: bool) -> None:
    """DomainError `forbidden` (403) for whoever does not keep the register."""
    if not allowed:
        raise DomainError("forbidden", _("只有市级管理员和本区县管理员可以修改学校名册。"), status=403)


def refuse_future(day: date) -> None:
    """The register says what is, not what is planned."""
    if day > timezone.localdate():
        raise DomainError("date", _("日期不能晚于今天，到那一天再办理。"), field="on")


def _note(topic: str, school: School) -> None:
    """For the roll-up, which files the school's past anew."""
    Journal.objects.create(topic=topic, unit_id=school.pk)
