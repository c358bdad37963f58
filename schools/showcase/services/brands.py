"""Brands: registered, changed, ended, taken up again."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.pinyin import keys_of
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from schools.party.models import PartyOrganisation
from schools.registry.models import School
from schools.showcase.models import Brand, OwnerKind
from schools.showcase.rules import can_keep_brand, can_keep_for
from schools.showcase.uses import is_used

from . import lives
from .notes import leave_notes

MOST_ELEMENTS, ELEMENT_LENGTH = 12, 60
RELATED = ("school", "organisation", "group", "parent")


@transaction.atomic
def register_brand(
    *, actor: User, scope: Scope, school: School, owner_kind: str, name: str, concept: str, started_on: date,
    elements: str = "", organisation: PartyOrganisation | None = None, parent: Brand | None = None,
) -> Brand:  # fmt: skip
    """A brand of the school, of one of its branches, or of its group, which the school then leads.

    DomainError `forbidden`, `closed`, `owner`, `parent`, `date`, `elements`, `taken`.
    """
    brand = Brand(school=school, made_by=actor)
    _fill(
        scope, brand, owner_kind=owner_kind, name=name, concept=concept, started_on=started_on, elements=elements,
        organisation=organisation, parent=parent,
    )  # fmt: skip
    lives.refuse_closed(school)
    _save(brand)
    leave_notes(brand)
    return brand


@transaction.atomic
def change_brand(*, actor: User, scope: Scope, brand_id: int, seen: str, **details: Any) -> Brand:
    """Correct what is registered; the record of changes keeps what was. `seen`: `saved_at` as the form carried it.

    `details` as in `register_brand`. DomainError as there; StaleError if somebody else wrote meanwhile.
    """
    brand = _locked(scope, brand_id)
    lives.refuse_stale(brand, seen)
    before = Brand(school_id=brand.school_id, group_id=brand.group_id)
    _fill(scope, brand, **details)
    _save(brand)
    leave_notes(before, brand)
    return brand


@transaction.atomic
def end_brand(*, actor: User, scope: Scope, brand_id: int, on: date, reason: str) -> Brand:
    """From this day on it no longer counts; parts that branches keep go on. A second click changes nothing.

    DomainError `forbidden`, `reason`, `date`.
    """
    brand = _locked(scope, brand_id)
    if lives.end(brand, on=on, reason=reason):
        brand.save()
        leave_notes(brand)
    return brand


@transaction.atomic
def resume_brand(*, actor: User, scope: Scope, brand_id: int) -> Brand:
    """It was ended by mistake: in use again without a gap. DomainError `forbidden`, `taken`."""
    brand = _locked(scope, brand_id)
    if lives.take_up(brand):
        _save(brand)
        leave_notes(brand)
    return brand


@transaction.atomic
def remove_brand(*, actor: User, scope: Scope, brand_id: int) -> None:
    """Take back what was registered by mistake; the record of changes keeps it. A second click finds nothing.

    DomainError `forbidden`, `used` when something stands on it: then it is ended.
    """
    if not Brand.objects.filter(pk=brand_id).exists():
        return
    brand = _locked(scope, brand_id)
    if is_used(brand):
        raise DomainError("used", _("已有支部品牌、课程、案例、申报或称号用到它，不能删除，请停用。"), status=409)
    leave_notes(brand)
    brand.delete()


def _fill(
    scope: Scope, brand: Brand, *, owner_kind: str, name: str, concept: str, started_on: date, elements: str = "",
    organisation: PartyOrganisation | None = None, parent: Brand | None = None,
) -> None:  # fmt: skip
    brand.owner_kind, brand.organisation, brand.group = owner_kind, None, None
    if owner_kind == OwnerKind.BRANCH:
        brand.organisation = _branch(brand, organisation)
    elif owner_kind == OwnerKind.GROUP:
        brand.group = brand.school.group
        if brand.group is None:
            raise DomainError("owner", _("学校不在教育集团里，品牌请归学校或支部。"), field="owner_kind")
    if brand.pk and brand.parent_id is None and owner_kind == OwnerKind.BRANCH and brand.parts.exists():
        raise DomainError("parent", _("它有下级的支部品牌，不能改归支部。"), field="owner_kind")
    if not can_keep_for(scope, brand.school, owner_kind, brand.organisation_id):
        raise DomainError("forbidden", _("品牌由学校登记，支部品牌也可以由支部书记登记。"), status=403)
    lives.check_start(started_on, brand.ended_on)
    brand.parent = _parent(brand, parent)
    brand.name, brand.concept, brand.started_on = " ".join(name.split()), concept.strip(), started_on
    brand.elements = _elements(elements)
    brand.pinyin, brand.initials = keys_of(brand.name)


def _branch(brand: Brand, organisation: PartyOrganisation | None) -> PartyOrganisation:
    """The branch that owns it: one in force, or the one that it has already."""
    if organisation is None:
        raise DomainError("owner", _("支部品牌须选所属支部。"), field="organisation")
    gone = organisation.valid_to is not None and organisation.valid_to <= timezone.localdate()
    if organisation.school_id != brand.school_id or gone:
        raise DomainError("owner", _("请从本校现有的党组织里选择。"), field="organisation")
    return organisation


def _parent(brand: Brand, parent: Brand | None) -> Brand | None:
    if parent is None:
        return None
    if brand.owner_kind == OwnerKind.GROUP:
        raise DomainError("parent", _("集团品牌没有上级品牌。"), field="parent")
    if parent.school_id != brand.school_id or parent.organisation_id is not None or parent.pk == brand.pk:
        raise DomainError("parent", _("上级品牌须是本校的学校品牌或集团品牌。"), field="parent")
    if parent.parent_id is not None or (brand.pk and brand.parts.exists()):
        raise DomainError("parent", _("品牌只分两级：上级品牌自己不能再有上级。"), field="parent")
    return parent


def _elements(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.replace("\x00", "").splitlines()]
    found = list(dict.fromkeys(line for line in lines if line))
    if len(found) > MOST_ELEMENTS or any(len(line) > ELEMENT_LENGTH for line in found):
        raise DomainError(
            "elements", _("要素最多 %(most)d 条，每条不超过 %(length)d 字。") % {
                "most": MOST_ELEMENTS, "length": ELEMENT_LENGTH,
            }, field="elements",
        )  # fmt: skip
    return "\n".join(found)


def _save(brand: Brand) -> None:
    """The database has the last word, also when two people register at once."""
    try:
        with transaction.atomic():
            brand.save()
    except IntegrityError as error:
        if "name_once" not in str(error):
            raise
        raise DomainError("taken", _("本校已有同名的在用品牌，请核对后换一个名称。"), field="name") from error


def _locked(scope: Scope, brand_id: int) -> Brand:
    brand = Brand.objects.select_for_update(of=("self",)).select_related(*RELATED, "school__group").get(pk=brand_id)
    if not can_keep_brand(scope, brand):
        raise DomainError("forbidden", _("品牌由学校登记，支部品牌也可以由支部书记登记。"), status=403)
    return brand
