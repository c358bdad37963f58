"""Accounts and offices of the generated city. People are numbered, never named."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from districts.models import City, District, Office, OfficeToken, Role, Unit
from portal.accounts.models import User
from portal.accounts.services import new_password

from .copying import copy_rows, take_ids
from .units import BuiltSchool

SINCE = date(2022, 9, 1)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who fills and who reviews: school → clerk, district → reviewer (user ids)."""

    clerks: Mapping[int, int]
    reviewers: Mapping[int, int]


def build_staff(built: Sequence[BuiltSchool]) -> Staff:
    """A secretary and a clerk for every school, a reviewer for every district, without a usable password."""
    districts = list(District.objects.order_by("code").values_list("pk", "code"))
    users = iter(take_ids(User, 2 * len(built) + len(districts)))
    clerks = {school.pk: next(users) for school in built}
    secretaries = {school.pk: next(users) for school in built}
    reviewers = {pk: next(users) for pk, _code in districts}
    now = timezone.now()
    unusable = make_password(None)

    def user_row(pk: int, username: str, display_name: str) -> tuple[object, ...]:
        return (pk, unusable, None, False, username, "", False, True, now, display_name, False, 0)

    rows = [user_row(clerks[s.pk], f"s{s.plan.code}".lower(), f"教师 {n:04d}") for n, s in enumerate(built, 1)]
    rows += [user_row(secretaries[s.pk], f"b{s.plan.code}".lower(), f"书记 {n:04d}") for n, s in enumerate(built, 1)]
    rows += [
        user_row(reviewers[pk], f"r{code}".lower(), f"审核员 {n:04d}") for n, (pk, code) in enumerate(districts, 1)
    ]
    copy_rows(
        User,
        (
            "id", "password", "last_login", "is_superuser", "username", "email", "is_staff", "is_active",
            "date_joined", "display_name", "must_change_password", "session_epoch",
        ),
        rows,
    )  # fmt: skip
    offices = [(user, Role.SCHOOL_CLERK, school, SINCE, None, None) for school, user in clerks.items()]
    offices += [(user, Role.SCHOOL_SECRETARY, school, SINCE, None, None) for school, user in secretaries.items()]
    offices += [(user, Role.DISTRICT_REVIEWER, district, SINCE, None, None) for district, user in reviewers.items()]
    copy_rows(Office, ("user_id", "role", "unit_id", "valid_from", "valid_to", "predecessor_id"), offices)
    return Staff(clerks, reviewers)


@dataclass(frozen=True, slots=True)
class Account:
    """One demo login, as written to demo.json."""

    username: str
    password: str
    role: str
    unit: str
    token: str


Credentials = list[tuple[str, str]]


def begin_credentials() -> Future[Credentials]:
    """A new password and its hash for each role, made beside whatever else is done: a hash is made to be slow."""
    pool = ThreadPoolExecutor(1)
    made = pool.submit(lambda: [(password, make_password(password)) for password in (new_password() for _ in Role)])
    pool.shutdown(wait=False)
    return made


def build_accounts(
    *, district_code: str, school_code: str, credentials: Future[Credentials] | None = None
) -> list[Account]:
    """One login with a password and an API token for every role; `credentials` if they were begun earlier."""
    city = City.objects.get()
    district = Unit.objects.get(code=district_code)
    school = Unit.objects.get(code=school_code)
    branch = Unit.objects.filter(as_organisation__school_id=school.pk).order_by("-code").first()
    places = {
        Role.CITY_ADMIN: city,
        Role.CITY_STAFF: city,
        Role.DISTRICT_ADMIN: district,
        Role.DISTRICT_REVIEWER: district,
        Role.SCHOOL_SECRETARY: school,
        Role.SCHOOL_CLERK: school,
        Role.BRANCH_SECRETARY: branch,
        Role.EXPERT: city,
        Role.INSPECTOR: city,
        Role.API_CLIENT: city,
    }
    made = (credentials or begin_credentials()).result()
    return [
        _account(role, unit, number, password, hashed)
        for number, ((role, unit), (password, hashed)) in enumerate(zip(places.items(), made, strict=True), 1)
    ]


def _account(role: Role, unit: Unit | None, number: int, password: str, hashed: str) -> Account:
    """The generated holder of the office, if there is one, else a new person: a unit has one of each."""
    assert unit is not None
    office = Office.objects.filter(role=role, unit=unit).select_related("user").first()
    user = office.user if office else User()
    user.username, user.display_name = role.value, f"{role.label} {number:04d}"
    user.password = hashed
    user.save()
    office = office or Office.objects.create(user=user, role=role, unit=unit, valid_from=SINCE)
    _instance, token = OfficeToken.objects.create(user=user, expiry=timedelta(days=365))
    OfficeToken.objects.filter(pk=_instance.pk).update(office=office, name="演示数据")
    return Account(role.value, password, role.value, unit.code, token)
