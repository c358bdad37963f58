from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from districts.access import Scope, get_within, within
from districts.models import Office, OfficeToken
from districts.selectors.search import matching
from portal.accounts.models import User
from portal.accounts.selectors import list_locked, list_with_second_factor


def get_office_label(scope: Scope) -> str:
    """Words for the top bar: 巫溪县 区县审核员; with several offices the first, and how many more."""
    if not scope.grants:
        return ""
    office = Office.objects.select_related("unit").get(pk=scope.grants[0].office_id)
    label = f"{office.unit.label} {office.get_role_display()}"
    return label if len(scope.grants) == 1 else f"{label} 等 {len(scope.grants)} 项"


def list_offices(*, scope: Scope, ended: bool = False, text: str = "", role: str = "") -> QuerySet[Office]:
    """Offices in the scope with unit and person, in force or (`ended`) all there ever were."""
    rows = within(Office.objects.select_related("unit", "user"), scope)
    if not ended:
        today = timezone.localdate()
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=today))
    if role:
        rows = rows.filter(role=role)
    if words := text.strip():
        person = Q(user__display_name__icontains=words) | Q(user__username__icontains=words.lower())
        rows = rows.filter(person | matching(words, "unit"))
    return rows.order_by("unit__level", "unit__code", "role", "valid_from")


def get_office(*, scope: Scope, pk: int) -> Office:
    """The office with unit and person; Http404 outside the scope."""
    return get_within(Office.objects.select_related("unit", "user"), scope, pk=pk)


@dataclass(frozen=True, slots=True)
class AccountState:
    """What an administrator should know about the account behind an office."""

    is_locked: bool
    has_second_factor: bool
    # The first password has not been changed yet.
    is_new: bool
    has_signed_in: bool


def list_account_states(offices: Iterable[Office]) -> dict[int, AccountState]:
    """Office → state of its holder's account; two queries for all."""
    rows = list(offices)
    locked = list_locked([office.user.username for office in rows])
    secured = list_with_second_factor([office.user_id for office in rows])
    return {
        office.pk: AccountState(
            office.user.username in locked,
            office.user_id in secured,
            office.user.must_change_password,
            office.user.last_login is not None,
        )
        for office in rows
    }


def list_own_offices(user: User | AnonymousUser) -> QuerySet[Office]:
    """All offices of the person, latest first."""
    return (
        Office.objects.filter(user_id=user.pk or 0).select_related("unit", "predecessor__user").order_by("-valid_from")
    )


def name_offices(ids: Collection[int]) -> dict[int, str]:
    """Words for offices in the record of changes: 巫溪县 区县审核员."""
    return {office.pk: str(office) for office in Office.objects.filter(pk__in=ids).select_related("unit")}


def list_own_tokens(user: User) -> QuerySet[OfficeToken]:
    return OfficeToken.objects.filter(user=user).select_related("office__unit").order_by("-created")
