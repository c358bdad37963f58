"""What a list of appointments would do, and what stands in the way of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope, within
from districts.models import Level, Office, Role, Unit
from districts.office_sheet import PERSON, ROLE, SINCE, UNIT, USERNAME, Book, Line, Problem, read_day
from districts.rules import ROLES_OF_LEVEL, as_keeper
from districts.selectors.offices import list_offices
from portal.accounts.models import User

# Whom the template has a line for, as long as nobody holds the office.
EXPECTED = {
    Level.DISTRICT: (Role.DISTRICT_ADMIN,),
    Level.SCHOOL: (Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK),
}
LONGEST_USERNAME, LONGEST_NAME = 60, 64


@dataclass(frozen=True, slots=True)
class Appointment:
    """One line that can be carried out; `user` None: the account is made."""

    unit: Unit
    role: Role
    username: str
    display_name: str
    since: date
    user: User | None


@dataclass(slots=True)
class Plan:
    appointments: list[Appointment] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def new_accounts(self) -> int:
        return len({a.username for a in self.appointments if a.user is None})


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that the lines are compared with."""

    units: dict[str, Unit]
    users: dict[str, User]
    # Accounts of people whom this administrator may know.
    own_people: set[int]
    # (user, role, unit) of offices in force.
    held: set[tuple[int, str, int]]


def kept_units(scope: Scope) -> QuerySet[Unit]:
    """The units whose offices are kept by the holder of this scope."""
    if Role.CITY_ADMIN in scope.roles:
        return Unit.objects.all()
    return within(Unit.objects.all(), as_keeper(scope))


def plan_appointments(*, scope: Scope, book: Book) -> Plan:
    """Every line against units, accounts and offices, every problem with its cell. Four queries for all lines."""
    known = _known(scope, book)
    plan = Plan()
    seen: dict[tuple[str, str, str], int] = {}
    names: dict[str, tuple[str, int]] = {}
    for line in book.lines:
        problems = list(_faults(line, book, known, seen, names))
        if problems:
            plan.problems += problems
            continue
        username = line[USERNAME]
        plan.appointments.append(
            Appointment(
                known.units[line[UNIT]], _roles()[line[ROLE]], username, line[PERSON] or username,
                read_day(line[SINCE]) or timezone.localdate(), known.users.get(username),
            )
        )  # fmt: skip
    return plan


def list_vacancies(*, scope: Scope) -> Iterator[tuple[Unit, Role]]:
    """Districts without an administrator, schools without a secretary or a clerk, as far as the scope keeps them."""
    levels = [Level.DISTRICT] if Role.CITY_ADMIN in scope.roles else [Level.SCHOOL]
    units = list(kept_units(scope).filter(level__in=levels, valid_to=None).order_by("code"))
    today = timezone.localdate()
    in_force = Office.objects.filter(unit__in=units).filter(Q(valid_to=None) | Q(valid_to__gt=today))
    held = set(in_force.values_list("unit_id", "role"))
    for unit in units:
        yield from ((unit, role) for role in EXPECTED[Level(unit.level)] if (unit.pk, role) not in held)


def _known(scope: Scope, book: Book) -> _Known:
    codes = {line[UNIT] for line in book.lines}
    users = {user.username: user for user in User.objects.filter(username__in={line[USERNAME] for line in book.lines})}
    people = [user.pk for user in users.values()]
    return _Known(
        units={unit.code: unit for unit in kept_units(scope).filter(code__in=codes)},
        users=users,
        own_people=set(list_offices(scope=scope, ended=True).filter(user__in=people).values_list("user_id", flat=True)),
        held=set(Office.objects.filter(user__in=people, valid_to=None).values_list("user_id", "role", "unit_id")),
    )


def _roles() -> dict[str, Role]:
    """Every role by its word and by its code."""
    return {str(role.label): role for role in Role} | {role.value: role for role in Role}


def _faults(
    line: Line, book: Book, known: _Known, seen: dict[tuple[str, str, str], int], names: dict[str, tuple[str, int]]
) -> Iterator[Problem]:
    unit, role = known.units.get(line[UNIT]), _roles().get(line[ROLE])
    if unit is None:
        yield book.problem(line, UNIT, _("单位代码 %s 不在您管理的单位里。请核对代码。") % (line[UNIT][:40] or "—"))
    elif unit.valid_to is not None:
        yield book.problem(line, UNIT, _("%s 已撤销，不能再任命。") % unit.name)
    elif role not in ROLES_OF_LEVEL.get(unit.level, ()):
        allowed = "、".join(str(r.label) for r in Role if r in ROLES_OF_LEVEL.get(unit.level, ()))
        yield book.problem(line, ROLE, _("%(unit)s只能任命：%(roles)s。") % {"unit": unit.name, "roles": allowed})
    if line[SINCE] and read_day(line[SINCE]) is None:
        yield book.problem(line, SINCE, _("“%s”不是日期，请写成 2026-09-01。") % line[SINCE][:20])
    yield from _account_faults(line, book, known, names)
    if unit and role and (user := known.users.get(line[USERNAME])) and (user.pk, role, unit.pk) in known.held:
        yield book.problem(line, USERNAME, _("%s 已任此职。") % user)
    first = seen.setdefault((line[UNIT], line[ROLE], line[USERNAME]), line.row)
    if first != line.row:
        yield book.problem(line, USERNAME, _("与第 %d 行重复，请只留一行。") % first)


def _account_faults(line: Line, book: Book, known: _Known, names: dict[str, tuple[str, int]]) -> Iterator[Problem]:
    username, name = line[USERNAME], line[PERSON]
    try:
        validate_slug(username)
    except ValidationError:
        yield book.problem(line, USERNAME, _("账号只能用英文字母、数字、- 和 _，请填写。"))
        return
    if len(username) > LONGEST_USERNAME:
        yield book.problem(line, USERNAME, _("账号最长 %d 个字符。") % LONGEST_USERNAME)
    if len(name) > LONGEST_NAME:
        yield book.problem(line, PERSON, _("姓名最长 %d 个字。") % LONGEST_NAME)
    user = known.users.get(username)
    # An account of somebody else's people may be neither taken over nor found out.
    if user is not None and user.pk not in known.own_people:
        yield book.problem(line, USERNAME, _("这个账号名已被使用，请换一个。"))
    elif user is None and not name:
        yield book.problem(line, PERSON, _("新账号要填姓名。"))
    before, row = names.setdefault(username, (name, line.row))
    if name and before and name != before:
        words = {"row": row, "name": before}
        yield book.problem(line, PERSON, _("同一账号在第 %(row)d 行是“%(name)s”，请改成一致。") % words)
