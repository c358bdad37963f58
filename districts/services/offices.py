"""Offices: appointed, handed over, ended; the accounts and tokens that go with them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Office, OfficeToken, Unit
from districts.rules import ROLES_OF_LEVEL, can_keep_offices, is_own
from districts.selectors.offices import list_offices
from portal.accounts.models import User
from portal.accounts.services import drop_second_factor, give_password, unlock
from portal.ui.formats import show_day
from portal.workflow.errors import DomainError

TOKEN_DAYS = 365
TOKENS_PER_OFFICE = 5


@dataclass(frozen=True, slots=True)
class Appointed:
    """`password` is the first password of a new account, shown once; empty when the person had an account."""

    office: Office
    password: str


@transaction.atomic
def appoint(
    *, actor: User, scope: Scope, unit: Unit, role: str, username: str, display_name: str, since: date
) -> Appointed:
    """Give `username` an office at `unit`; the account is made if there is none.

    DomainError `role_level`, `username_taken` (an account outside the scope), `already`, `forbidden`.
    """
    _ensure(scope, unit)
    if role not in ROLES_OF_LEVEL.get(unit.level, ()):
        raise DomainError("role_level", _("这一级单位没有所选职务，请重新选择。"), field="role")
    user, password = _account(scope, username.strip(), display_name.strip())
    if Office.objects.filter(user=user, role=role, unit=unit, valid_to=None).exists():
        raise DomainError("already", _("%s 已任此职。") % user, field="username")
    office = Office.objects.create(user=user, role=role, unit=unit, valid_from=since)
    return Appointed(office, password)


@transaction.atomic
def hand_over(*, actor: User, scope: Scope, office_id: int, username: str, display_name: str, on: date) -> Appointed:
    """From `on` another person holds the office. Open work stays with the office: nothing has to be moved."""
    office = _lock(scope, office_id)
    if on <= office.valid_from:
        raise DomainError("date", _("交接日期须晚于任职起始日 %s。") % show_day(office.valid_from), field="on")
    user, password = _account(scope, username.strip(), display_name.strip())
    if user.pk == office.user_id:
        raise DomainError("same_person", _("接任人就是现任，请填接任人的账号。"), field="username")
    _end(office, on)
    successor = Office.objects.create(user=user, role=office.role, unit=office.unit, valid_from=on, predecessor=office)
    return Appointed(successor, password)


@transaction.atomic
def end_office(*, actor: User, scope: Scope, office_id: int, on: date) -> Office:
    """`on` is the first day without the office; tokens of the office stop working with it."""
    office = _lock(scope, office_id)
    if is_own(scope, office):
        raise DomainError("own_office", _("不能结束自己的任职，请由另一位管理员办理。"))
    if on < office.valid_from:
        raise DomainError("date", _("结束日期不能早于任职起始日。"), field="on")
    _end(office, on)
    return office


@transaction.atomic
def reset_password(*, actor: User, scope: Scope, office_id: int) -> str:
    """A new first password for the holder, who must change it; open sessions end and a lockout is lifted."""
    office = _lock(scope, office_id)
    unlock(user=office.user)
    return give_password(user=office.user)


@transaction.atomic
def unlock_account(*, actor: User, scope: Scope, office_id: int) -> int:
    """Lift the lockout after too many failed sign-ins; returns how many records were removed."""
    office = _lock(scope, office_id)
    return unlock(user=office.user)


@transaction.atomic
def clear_second_factor(*, actor: User, scope: Scope, office_id: int) -> int:
    """For a holder who lost phone and recovery codes; open sessions end. Returns how many factors were removed."""
    office = _lock(scope, office_id)
    return drop_second_factor(user=office.user)


@transaction.atomic
def create_token(*, actor: User, scope: Scope, office_id: int, name: str, days: int = TOKEN_DAYS) -> str:
    """A token for one of the actor's own offices; returned once, stored only as a digest."""
    office = Office.objects.select_for_update().filter(pk=office_id, user=actor).first()
    if office is None or office.pk not in {grant.office_id for grant in scope.grants}:
        raise DomainError("not_yours", _("只能为自己在任的职务生成令牌。"), status=403)
    if not 1 <= days <= TOKEN_DAYS:
        raise DomainError("days", _("有效期须在 1 至 %d 天之间。") % TOKEN_DAYS, field="days")
    if OfficeToken.objects.filter(office=office, expiry__gt=timezone.now()).count() >= TOKENS_PER_OFFICE:
        raise DomainError("too_many", _("一个职务最多 %d 个令牌，请先撤销不用的。") % TOKENS_PER_OFFICE)
    row, token = OfficeToken.objects.create(user=actor, expiry=timedelta(days=days))
    OfficeToken.objects.filter(pk=row.pk).update(office=office, name=name.strip()[:60])
    return str(token)


@transaction.atomic
def revoke_token(*, actor: User, token_digest: str) -> None:
    """Revoke one of the actor's own tokens; unknown ones are gone already."""
    OfficeToken.objects.filter(user=actor, digest=token_digest).delete()


def _ensure(scope: Scope, unit: Unit) -> None:
    if not can_keep_offices(scope, unit):
        raise DomainError("forbidden", _("只有本区县管理员和市级管理员可以办理任职。"), status=403)


def _lock(scope: Scope, office_id: int) -> Office:
    office = Office.objects.select_for_update(of=("self",)).select_related("unit", "user").get(pk=office_id)
    _ensure(scope, office.unit)
    return office


def _account(scope: Scope, username: str, display_name: str) -> tuple[User, str]:
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create(username=username, display_name=display_name or username)
        return user, give_password(user=user)
    # An account of somebody else's people may be neither taken over nor found out.
    if not list_offices(scope=scope, ended=True).filter(user=user).exists():
        raise DomainError("username_taken", _("这个账号名已被使用，请换一个。"), field="username")
    return user, ""


def _end(office: Office, on: date) -> None:
    if office.valid_to is not None and office.valid_to <= on:
        raise DomainError("ended", _("这个任职已于 %s 结束。") % show_day(office.valid_to))
    office.valid_to = on
    office.save(update_fields=["valid_to"])
