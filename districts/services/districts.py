"""Districts and zones: set up, renamed, abolished, with what came before and after them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Affiliation, City, District, Level, Office, Unit, Zone
from districts.pinyin import keys_of
from districts.rules import can_keep_district, can_keep_districts
from districts.services.units import short_name
from portal.accounts.models import User
from portal.ui.formats import show_day
from portal.workflow.errors import DomainError


@transaction.atomic
def open_district(
    *, actor: User, scope: Scope, code: str, name: str, kind: str, region: str, on: date,
    predecessors: Collection[District] = (), short: str = "",
) -> District:  # fmt: skip
    """A new district; `predecessors` name it as what became of them. DomainError `code_taken`, `date`, `forbidden`."""
    _ensure(can_keep_districts(scope))
    _refuse_future(on)
    code, name = code.strip(), name.strip()
    if Unit.objects.filter(code=code).exists():
        raise DomainError("code_taken", _("代码 %s 已被使用，请核对。") % code, field="code")
    pinyin, initials = keys_of(name)
    district = District.objects.create(
        code=code, name=name, short_name=short.strip() or short_name(name), level=Level.DISTRICT, pinyin=pinyin,
        initials=initials, valid_from=on, city=City.objects.get(), kind=kind, region=region,
    )  # fmt: skip
    for old in predecessors:
        old.successors.add(district)
    return district


@transaction.atomic
def abolish_district(
    *, actor: User, scope: Scope, district_id: int, on: date, successors: Collection[District]
) -> District:
    """`on` is the first day without it. Its schools have to be moved before; its zones and offices end with it.

    DomainError `has_schools`, `successors`, `date`, `abolished`, `forbidden`.
    """
    district = District.objects.select_for_update(of=("self",)).get(pk=district_id)
    _ensure(can_keep_districts(scope))
    _refuse_future(on)
    if district.valid_to is not None:
        raise DomainError("abolished", _("%s 已于 %s 撤销。") % (district, show_day(district.valid_to)))
    if district.valid_from is not None and on <= district.valid_from:
        raise DomainError("date", _("撤销日期须晚于设立日期 %s。") % show_day(district.valid_from), field="on")
    if not successors or any(s.pk == district.pk or s.valid_to is not None for s in successors):
        raise DomainError("successors", _("请选择至少一个现有单位承接。"), field="successors")
    left = Affiliation.objects.filter(district=district, valid_to=None).count()
    if left:
        raise DomainError("has_schools", _("还有 %d 所学校隶属本单位，请先批量划转到承接单位。") % left)
    district.successors.set(successors)
    zones = list(Zone.objects.filter(district=district, valid_to=None))
    for unit in (district, *zones):
        unit.valid_to = on
        unit.save()
    Office.objects.filter(unit__in=[district.pk, *(z.pk for z in zones)], valid_to=None, valid_from__lte=on).update(
        valid_to=on
    )
    return district


@transaction.atomic
def rename_zone(*, actor: User, scope: Scope, zone_id: int, name: str) -> Zone:
    """Another name for a 党建片区. DomainError `zone_name`, `zone_exists`, `forbidden`."""
    zone = Zone.objects.select_for_update(of=("self",)).select_related("district").get(pk=zone_id)
    _ensure(can_keep_district(scope, zone.district))
    name = name.strip()
    if not name:
        raise DomainError("zone_name", _("请写出片区名称。"), field="name")
    if Zone.objects.filter(district=zone.district, name=name).exclude(pk=zone.pk).exists():
        raise DomainError("zone_exists", _("本单位已有同名片区，请换一个名称。"), field="name")
    zone.name = name
    zone.pinyin, zone.initials = keys_of(name)
    zone.save()
    return zone


@transaction.atomic
def close_zone(*, actor: User, scope: Scope, zone_id: int, on: date) -> Zone:
    """A zone without schools ends. DomainError `has_schools`, `date`, `forbidden`."""
    zone = Zone.objects.select_for_update(of=("self",)).select_related("district").get(pk=zone_id)
    _ensure(can_keep_district(scope, zone.district))
    _refuse_future(on)
    left = Affiliation.objects.filter(zone=zone, valid_to=None).count()
    if left:
        raise DomainError("has_schools", _("片区里还有 %d 所学校，请先调整到其他片区。") % left)
    zone.valid_to = on
    zone.save()
    return zone


def _ensure(allowed: Any) -> None:
    if not allowed:
        raise DomainError("forbidden", _("只有市级管理员和本区县管理员可以修改。"), status=403)


def _refuse_future(day: date) -> None:
    if day > timezone.localdate():
        raise DomainError("date", _("日期不能晚于今天，到那一天再办理。"), field="on")
