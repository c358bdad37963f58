"""Setting up, counting and dissolving Party organisations."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Journal, Level, Unit
from districts.pinyin import keys_of
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from schools.party.models import PartyOrganisation, PartyOrganisationKind
from schools.party.rules import can_keep_organisations
from schools.registry.models import School

ABOVE = (PartyOrganisationKind.COMMITTEE, PartyOrganisationKind.GENERAL_BRANCH)


@transaction.atomic
def set_up_organisation(
    *, actor: User, scope: Scope, school: School, name: str, kind: str, parent: PartyOrganisation | None = None,
    since: date, **details: Any,
) -> PartyOrganisation:  # fmt: skip
    """A new organisation of the school. DomainError `branch_parent`, `other_school`, `date`, `forbidden`."""
    _ensure(scope, school)
    _lock_tree(school)
    _check_parent(school, kind, parent)
    served = _served(school, kind, details.pop("also_serves", ()))
    if since > timezone.localdate():
        raise DomainError("date", _("成立日期不能晚于今天。"), field="since")
    pinyin, initials = keys_of(name)
    if "full_members" in details:
        details["counted_on"] = timezone.localdate()
    organisation = PartyOrganisation.objects.create(
        code=_next_code(school), name=name.strip(), level=Level.ORGANISATION, pinyin=pinyin, initials=initials,
        valid_from=since, school=school, kind=kind, parent=parent, **details,
    )  # fmt: skip
    organisation.also_serves.set(served)
    _note(school)
    return organisation


@transaction.atomic
def change_organisation(
    *, actor: User, scope: Scope, organisation_id: int, parent: PartyOrganisation | None = None, **details: Any
) -> PartyOrganisation:
    """Correct name, kind, place in the tree, members and term. Members that are given count as of today."""
    organisation = PartyOrganisation.objects.select_for_update(of=("self",)).get(pk=organisation_id)
    _ensure(scope, organisation.school)
    _lock_tree(organisation.school)
    kind = details.get("kind", organisation.kind)
    _check_parent(organisation.school, kind, parent)
    if parent and organisation.pk in _line_above(parent):
        raise DomainError("cycle", _("不能放在自己或自己的下级之下。"), field="parent")
    served = _served(organisation.school, kind, details.pop("also_serves", organisation.also_serves.all()))
    if kind not in ABOVE and organisation.children.filter(valid_to=None).exists():
        raise DomainError("has_children", _("还有下级党组织，不能改为党支部。"), field="kind")
    for name, value in details.items():
        setattr(organisation, name, value)
    organisation.parent = parent
    if "full_members" in details:
        organisation.counted_on = timezone.localdate()
    organisation.pinyin, organisation.initials = keys_of(organisation.name)
    organisation.save()
    organisation.also_serves.set(served)
    _note(organisation.school)
    return organisation


@transaction.atomic
def dissolve_organisation(*, actor: User, scope: Scope, organisation_id: int, on: date) -> PartyOrganisation:
    """`on` is the first day without it. DomainError `has_children` while others stand under it."""
    organisation = PartyOrganisation.objects.select_for_update(of=("self",)).get(pk=organisation_id)
    _ensure(scope, organisation.school)
    if organisation.children.filter(valid_to=None).exists():
        raise DomainError("has_children", _("还有下级党组织，请先调整或撤销下级。"))
    if on > timezone.localdate() or (organisation.valid_from and on < organisation.valid_from):
        raise DomainError("date", _("撤销日期须在成立日期和今天之间。"), field="on")
    organisation.valid_to = on
    organisation.save(update_fields=["valid_to"])
    _note(organisation.school)
    return organisation


def _ensure(scope: Scope, school: School) -> None:
    if not can_keep_organisations(scope, school):
        raise DomainError("forbidden", _("只有本校和本区县管理员可以修改党组织。"), status=403)


def _lock_tree(school: School) -> None:
    """Two who rearrange one tree at a time wait for each other."""
    School.objects.select_for_update(of=("self",)).get(pk=school.pk)


def _served(school: School, kind: str, others: Iterable[School]) -> list[School]:
    """The further schools of a joint branch; every other kind serves its own school alone."""
    served = [other for other in others if other.pk != school.pk]
    if kind == PartyOrganisationKind.JOINT_BRANCH:
        return served
    if served:
        raise DomainError("not_joint", _("只有联合党支部可以有联合单位。"), field="also_serves")
    return []


def _check_parent(school: School, kind: str, parent: PartyOrganisation | None) -> None:
    """Only committees and general branches have organisations below them, and never of another school."""
    if parent is None:
        return
    if parent.school_id != school.pk:
        raise DomainError("other_school", _("上级党组织须在同一所学校。"), field="parent")
    if parent.kind not in ABOVE or kind == PartyOrganisationKind.COMMITTEE:
        raise DomainError("branch_parent", _("党支部下面不能再设党组织，党委不能在其他组织之下。"), field="parent")


def _line_above(organisation: PartyOrganisation | None) -> list[int]:
    line: list[int] = []
    while organisation is not None and organisation.pk not in line:
        line.append(organisation.pk)
        organisation = organisation.parent
    return line


def _next_code(school: School) -> str:
    taken = set(Unit.objects.filter(code__startswith=f"{school.code}-D").values_list("code", flat=True))
    number = 1
    while f"{school.code}-D{number}" in taken:
        number += 1
    return f"{school.code}-D{number}"


def _note(school: School) -> None:
    Journal.objects.create(topic="school.party", unit_id=school.pk)
