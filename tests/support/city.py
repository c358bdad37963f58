"""A city small enough to check by hand: two districts, three schools, an office of every kind.

Reference data (units of the city, catalogue, forms) are loaded once a run; everything else is built per test with the
same services that the pages use.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from django.test import Client
from django.utils import timezone

from districts.access import Grant, Scope, scope_of
from districts.models import City, District, Office, Role, Unit
from portal.accounts.models import User
from reports.collection.models import Form, Return
from reports.collection.services.opening import ensure_return, open_returns
from reports.collection.services.progress import approve_return, submit_return
from reports.collection.services.values import save_values
from reports.indicators.models import Indicator, Origin, Period
from schools.party.models import PartyOrganisation
from schools.party.services import set_up_organisation
from schools.registry.models import AreaType, School, SchoolKind
from schools.registry.services.schools import open_school

FOUNDED = date(2000, 1, 1)
_numbers = count(1)


def make_user(name: str = "") -> User:
    number = next(_numbers)
    return User.objects.create_user(
        username=name or f"user{number}", password="pw-for-tests", display_name=f"教师 {number:04d}"
    )


def make_office(
    role: str, unit: Unit, user: User | None = None, since: date = FOUNDED, until: date | None = None
) -> Office:
    return Office.objects.create(user=user or make_user(), role=role, unit=unit, valid_from=since, valid_to=until)


def district(code: str) -> District:
    return District.objects.get(code=code)


def make_school(code: str, name: str, place: District, kind: str = SchoolKind.PRIMARY, **details: object) -> School:
    return open_school(
        actor=User(), scope=city_scope(), code=code, name=name, district=place, opened_on=FOUNDED, kind=kind,
        area_type=details.pop("area_type", AreaType.TOWN), **details,
    )  # fmt: skip


def make_branch(school: School, members: int = 10, since: date = FOUNDED) -> PartyOrganisation:
    return set_up_organisation(
        actor=User(), scope=city_scope(), school=school, name=f"{school.name}党支部", kind="branch", since=since,
        full_members=members, probationary_members=0,
    )  # fmt: skip


def city_scope() -> Scope:
    """What a city administrator sees, without a person."""
    return Scope(None, (Grant(0, Role.CITY_ADMIN, "city", City.objects.values_list("pk", flat=True).get()),))


@dataclass(slots=True)
class SmallCity:
    """巫溪县 with two schools, 江津区 with one; users by role."""

    wuxi: District
    jiangjin: District
    one: School
    two: School
    other: School
    users: dict[str, User]

    def scope(self, name: str) -> Scope:
        return scope_of(self.users[name])

    def client(self, name: str) -> Client:
        """A browser without a window, in which this user is signed in."""
        client = Client()
        client.force_login(self.users[name])
        return client


def build_small_city() -> SmallCity:
    wuxi, jiangjin = district("500238"), district("500116")
    one = make_school("5002380001", "云台小学", wuxi)
    two = make_school("5002380002", "城厢中学", wuxi, SchoolKind.COMPLETE, area_type=AreaType.URBAN)
    other = make_school("5001160001", "聚奎中学", jiangjin, SchoolKind.COMPLETE, area_type=AreaType.URBAN)
    places: dict[str, tuple[str, Unit]] = {
        "city_admin": (Role.CITY_ADMIN, City.objects.get()),
        "city_staff": (Role.CITY_STAFF, City.objects.get()),
        "expert": (Role.EXPERT, City.objects.get()),
        "inspector": (Role.INSPECTOR, City.objects.get()),
        "api_client": (Role.API_CLIENT, City.objects.get()),
        "district_admin": (Role.DISTRICT_ADMIN, wuxi),
        "reviewer": (Role.DISTRICT_REVIEWER, wuxi),
        "reviewer2": (Role.DISTRICT_REVIEWER, wuxi),
        "secretary": (Role.SCHOOL_SECRETARY, one),
        "clerk": (Role.SCHOOL_CLERK, one),
        "clerk_two": (Role.SCHOOL_CLERK, two),
        "other_reviewer": (Role.DISTRICT_REVIEWER, jiangjin),
        "other_clerk": (Role.SCHOOL_CLERK, other),
    }
    users = {name: make_user(name) for name in [*places, "expired", "nobody"]}
    for name, (role, unit) in places.items():
        make_office(role, unit, users[name])
    make_office(Role.SCHOOL_CLERK, one, users["expired"], until=timezone.localdate())
    return SmallCity(wuxi, jiangjin, one, two, other, users)


def open_form(form: str, period: str, school: School) -> Return:
    """The return of a school with a window around today, whatever the period."""
    row, when = Form.objects.get(code=form), Period.objects.get(code=period)
    open_returns(form=row, period=when)
    today = timezone.localdate()
    Return.objects.filter(form=row, period=when).update(
        opens_on=today - timedelta(days=5), closes_on=today + timedelta(days=5)
    )
    return Return.objects.get(form=row, period=when, school=school)


def fill(record: Return, clerk: User, **values: object) -> dict[str, str]:
    """Type values into a return; every other typed cell that is still empty gets 0 (a grade its lowest)."""
    return save_values(
        actor=clerk, scope=scope_of(clerk), return_id=record.pk,
        texts={code: str(value) for code, value in {**zeros(record), **values}.items()}, remarks={},
    )  # fmt: skip


def zeros(record: Return) -> dict[str, object]:
    typed = Indicator.objects.filter(origin=Origin.REPORTED, form_fields__form=record.form_id)
    return {i.code: (i.choices[-1]["label"] if i.choices else 0) for i in typed}


def submit(record: Return, clerk: User) -> Return:
    record.refresh_from_db()
    return submit_return(actor=clerk, scope=scope_of(clerk), return_id=record.pk, lock_version=record.lock_version).obj


def approve(record: Return, reviewer: User) -> Return:
    record.refresh_from_db()
    return approve_return(
        actor=reviewer, scope=scope_of(reviewer), return_id=record.pk, lock_version=record.lock_version
    ).obj


def report(form: str, period: str, school: School, clerk: User, reviewer: User, **values: object) -> Return:
    """The whole way of one return: opened, filled, submitted, approved."""
    record = open_form(form, period, school)
    refused = fill(record, clerk, **values)
    assert not refused, refused
    submit(record, clerk)
    return approve(record, reviewer)


__all__ = [
    "FOUNDED", "SmallCity", "approve", "build_small_city", "city_scope", "district", "ensure_return", "fill", "make_branch",
    "make_office", "make_school", "make_user", "open_form", "report", "submit",
]  # fmt: skip
