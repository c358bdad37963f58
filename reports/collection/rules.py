"""Who may do what with a return. Pure predicates over scope and row."""

from django.utils import timezone

from districts.access import Scope
from districts.models import Role

from .models import Return, ReturnStatus, Value, Verdict
from .process import FILLERS, REVIEWERS


def roles_on(scope: Scope, record: Return) -> frozenset[str]:
    """Roles held over this return: at its school, at the school's district of today, at the city."""
    held = scope.roles_at(record.school_id, record.school.district_id)
    city = frozenset({Role.CITY_ADMIN, Role.CITY_STAFF}) & scope.roles if scope.sees_city else frozenset()
    return held | city


def may_fill(scope: Scope, record: Return) -> bool:
    return bool(roles_on(scope, record) & FILLERS)


def may_review(scope: Scope, record: Return) -> bool:
    return bool(roles_on(scope, record) & REVIEWERS)


def is_open_for_filling(record: Return) -> bool:
    """Draft or returned, and inside the window."""
    today = timezone.localdate()
    return record.status in (ReturnStatus.DRAFT, ReturnStatus.RETURNED) and record.opens_on <= today <= record.closes_on


def is_cell_open(record: Return, value: Value | None) -> bool:
    """In a returned form only the returned cells are open; elsewhere every cell of an open form."""
    if not is_open_for_filling(record):
        return False
    if record.status == ReturnStatus.DRAFT:
        return True
    return value is not None and value.verdict == Verdict.RETURNED
