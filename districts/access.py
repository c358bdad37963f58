"""What a user may see and do: offices become a frozen Scope; querysets are narrowed by it and fail closed.

A model that belongs to somebody declares how to reach its owner:

    class Return(models.Model):
        SCOPE = {"district": "school__district", "school": "school"}

Several lookups for a level form a tuple, and a higher room may add its own with `extend_scope`.
Keys are levels (`city` needs no lookup: a city office sees everything), values are lookups from the model to
the unit of that level. A model without a lookup for a level is invisible to offices of that level.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from portal.accounts.models import User

from .models import Level, Office, Role

READING_ROLES = frozenset(Role.values) - {Role.EXPERT}


@dataclass(frozen=True, slots=True)
class Grant:
    """One office in force, reduced to what access needs."""

    office_id: int
    role: str
    level: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that one user (or one token) stands for today. Empty means: sees nothing."""

    user_id: int | None
    grants: tuple[Grant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grants)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def sees_city(self) -> bool:
        return any(g.level == Level.CITY and g.role in READING_ROLES for g in self.grants)

    def unit_ids(self, level: str, roles: Iterable[str] | None = None) -> frozenset[int]:
        """Ids of the units of `level` in which an office is held (with one of `roles`, if given)."""
        wanted = READING_ROLES if roles is None else frozenset(roles)
        return frozenset(g.unit_id for g in self.grants if g.level == level and g.role in wanted)

    def roles_at(self, *unit_ids: int | None) -> frozenset[str]:
        """Roles held at any of these units: pass the owner and the units above it."""
        return frozenset(g.role for g in self.grants if g.unit_id in unit_ids)


NOBODY = Scope(user_id=None)


def scope_of(user: Any, *, on: date | None = None) -> Scope:
    """The scope of a signed-in user today (or `on` a day); NOBODY for anonymous and inactive users."""
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    return Scope(user.pk, _grants(Office.objects.filter(user=user), on))


def scope_of_office(office: Office, *, on: date | None = None) -> Scope:
    """The scope of a single office: what a token carries, and no more."""
    if not office.user.is_active:
        return NOBODY
    return Scope(office.user_id, _grants(Office.objects.filter(pk=office.pk), on))


def _grants(offices: QuerySet[Office], on: date | None) -> tuple[Grant, ...]:
    day = on or timezone.localdate()
    in_force = offices.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    rows = in_force.order_by("id").values_list("id", "role", "unit__level", "unit_id")
    return tuple(Grant(*row) for row in rows)


M = TypeVar("M", bound=Model)


def extend_scope(model: type[Model], **lookups: str) -> None:
    """Let a higher room add how `model` is reached from its own levels; called once, when the apps are ready."""
    known = {level: _as_tuple(value) for level, value in getattr(model, "SCOPE", {}).items()}
    for level, lookup in lookups.items():
        known[level] = (*known.get(level, ()), lookup)
    model.SCOPE = known  # type: ignore[attr-defined]


def within(queryset: QuerySet[M], scope: Scope) -> QuerySet[M]:
    """Narrow `queryset` to what `scope` may see, by the lookups that its model declares in SCOPE."""
    if scope.sees_city:
        return queryset
    condition = scope_condition(queryset.model, scope)
    if condition is None:
        return queryset.none()
    meta = queryset.model._meta
    if not any(lookup_spawns_duplicates(meta, lookup) for lookup, _ids in _lookups(queryset.model, scope)):
        return queryset.filter(condition)
    # A subquery, so that lookups over to-many relations cannot repeat a row.
    return queryset.filter(pk__in=queryset.model._base_manager.filter(condition).values("pk"))


def _lookups(model: type[Model], scope: Scope) -> list[tuple[str, list[int]]]:
    """Lookups and the units that each may lead to, for the levels that the scope reaches."""
    return [
        (lookup, ids)
        for level, lookups in getattr(model, "SCOPE", {}).items()
        if (ids := sorted(scope.unit_ids(level)))
        for lookup in _as_tuple(lookups)
    ]


def scope_condition(model: type[Model], scope: Scope) -> Q | None:
    """The filter behind `within` for offices below the city; None when nothing may be seen."""
    parts = [Q(**{f"{lookup}__in": ids}) for lookup, ids in _lookups(model, scope)]
    return reduce(or_, parts) if parts else None


def _as_tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def get_within(queryset: QuerySet[M], scope: Scope, **lookup: Any) -> M:
    """The one row that matches and may be seen. Http404 otherwise: outsiders cannot tell the two apart."""
    found = within(queryset, scope).filter(**lookup).first()
    if found is None:
        raise Http404
    return found


def ensure_within(obj: Model, scope: Scope) -> None:
    """After a write, inside its transaction: the object must still be inside the scope, or all is rolled back."""
    if not within(type(obj)._default_manager.filter(pk=obj.pk), scope).exists():
        raise PermissionDenied
