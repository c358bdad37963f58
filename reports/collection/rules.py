"""Who may do what with a return. Pure predicates over scope and row."""

from districts.access import Scope
from districts.models import Role
from schools.party.rules import sees_members as school_members_are_open

from .models import Return, ReturnStatus, Value, Verdict
from .process import FILLERS, OPENERS, REVIEWERS


def roles_on(scope: Scope, record: Return) -> frozenset[str]:
    """Roles held over this return: at its school, at the school's district of today, at the city."""
    held = scope.roles_at(record.school_id, record.school.district_id)
    city = frozenset({Role.CITY_ADMIN, Role.CITY_STAFF}) & scope.roles if scope.sees_city else frozenset()
    return held | city


def sees_members(scope: Scope, record: Return) -> bool:
    """Counts of Party members are open to the school and its district; the city reads them rolled up."""
    return school_members_are_open(scope, record.school)


def may_fill(scope: Scope, record: Return) -> bool:
    return bool(roles_on(scope, record) & FILLERS)


def may_review(scope: Scope, record: Return) -> bool:
    return bool(roles_on(scope, record) & REVIEWERS)


def may_reopen(scope: Scope, record: Return) -> bool:
    return bool(roles_on(scope, record) & OPENERS)


def is_open_for_filling(record: Return) -> bool:
    """Draft or returned, and inside the window."""
    return record.status in (ReturnStatus.DRAFT, ReturnStatus.RETURNED) and record.is_in_window


def is_cell_open(record: Return, value: Value | None) -> bool:
    """In a returned form only the returned cells are open; elsewhere every cell of an open form."""
    return is_open_for_filling(record) and is_verdict_open(record.status, value.verdict if value is not None else None)


def is_verdict_open(status: str, verdict: str | None) -> bool:
    """The same for a cell of an open form known by its verdict alone; None: the cell has never been stored."""
    return status == ReturnStatus.DRAFT or verdict == Verdict.RETURNED


def may_import(scope: Scope, record: Return) -> bool:
    """Who may bring values in by Excel: the school itself, and its district on the school's behalf (docs/adr/0020)."""
    return bool(roles_on(scope, record) & (FILLERS | REVIEWERS))
