"""A round at the published size in a city of 4,000 schools: 600 apply, 160 are recommended, 98 selected.

Schools and people are generated in bulk; every step of the round is a call of the service that a page would call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.access import scope_of
from districts.models import City, District, Office, Role
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.programmes.models import Programme
from projects.selection.models import (
    Application,
    Assignment,
    Conflict,
    Decision,
    Designation,
    DistrictList,
    Expert,
    PublicNotice,
    Recommendation,
    Round,
    StageKind,
)
from projects.selection.rules.result import rank, strictness
from projects.selection.selectors.results import compute_ranking, compute_strictness, get_rubric, list_sheets
from projects.selection.services import applications as cases
from projects.selection.services import notices, panel, recommendations, results, rounds, sheets
from projects.selection.services.eligibility import accept_many
from reports.demo.services import generate_city
from schools.registry.models import School
from tests.support.city import make_office
from tests.support.selection import COMMENT, CRITERIA, PLAN, QUESTIONS, make_kinds, move_to, open_now, unit_of, window

# Some fifty thousand statements, one after the other: how long that takes depends on what else the machine does.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1200)]
SCHOOLS, APPLIED, RECOMMENDED, SELECTED, EXPERTS, PANEL = 4_000, 600, 160, 98, 48, 5
DISTRICTS, PER_DISTRICT = 40, 15


def by(user: User) -> dict[str, Any]:
    return {"actor": user, "scope": scope_of(user)}


def analyze() -> None:
    """As in a real city. Autovacuum cannot see what an open transaction wrote, and would call these tables empty; the
    lock that this takes keeps it away until the end."""
    own = [table for table in connection.introspection.table_names() if not table.startswith("django_")]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(own)}")


@contextmanager
def at_most(queries: int) -> Iterator[None]:
    """A step for all cases at once costs the same whatever their number."""
    with CaptureQueriesContext(connection) as seen:
        yield
    assert len(seen) <= queries, [row["sql"][:90] for row in seen][:80]


@pytest.fixture
def chair() -> User:
    """The city's administrator, and the city."""
    generate_city(schools=SCHOOLS, districts=None, years=(), roll_up=False)
    make_kinds()
    analyze()
    return make_office(Role.CITY_ADMIN, unit_of(City.objects.get())).user


def users_of(role: str) -> dict[int, User]:
    """Unit → who holds the role there."""
    offices = Office.objects.filter(role=role, valid_to=None).select_related("user")
    return {office.unit_id: office.user for office in offices}


def call(chair: User) -> Round:
    own, districts = by(chair), list(District.objects.filter(valid_to=None))
    round_ = rounds.create_round(
        **own, unit=unit_of(City.objects.get()), code="dc-2027", title="第四批", official_title="第四批培育创建单位",
        programme=Programme.objects.get(code="dual_creation"), designation_kind=make_kinds(), target=SELECTED,
        panel_size=PANEL, trim_from=5, tie_rule=["fusion"], comment_minimum=20, expert_load=20,
    )  # fmt: skip
    rounds.set_stages(**own, round_id=round_.pk, stages={kind: window() for kind in StageKind.values})
    rounds.set_questions(**own, round_id=round_.pk, rows=QUESTIONS)
    rounds.set_criteria(**own, round_id=round_.pk, rows=CRITERIA)
    quota = dict.fromkeys(districts, RECOMMENDED // DISTRICTS)
    rounds.allot_places(**own, round_id=round_.pk, quota=quota, pool=0)
    rounds.publish_round(**own, round_id=round_.pk, lock_version=0)
    move_to(round_, StageKind.APPLICATION)
    return round_


def apply(round_: Round) -> None:
    """Fifteen schools of every district: begun, written, handed in; each district accepts its own at once."""
    clerks, reviewers = users_of(Role.SCHOOL_CLERK), users_of(Role.DISTRICT_REVIEWER)
    checkers = {unit: by(user) for unit, user in reviewers.items()}
    seen: dict[int, int] = {}
    for school in School.objects.order_by("code"):
        seen[school.district_id] = seen.get(school.district_id, 0) + 1
        if seen[school.district_id] > PER_DISTRICT:
            continue
        own = by(clerks[school.pk])
        case = cases.begin_application(**own, round_id=round_.pk, school=school)
        answers = {"plan": f"{school.name}{PLAN}", "brand": "同心"}
        cases.save_answers(**own, application_id=case.pk, seen_version=1, answers=answers)
        cases.submit_application(**own, application_id=case.pk, lock_version=0)
    for district, own in checkers.items():
        handed_in = Application.objects.filter(round=round_, district=district).values_list("pk", "lock_version")
        if versions := dict(handed_in):
            with at_most(24):
                accepted, refused = accept_many(**own, round_id=round_.pk, versions=versions)
            assert (len(accepted), refused) == (PER_DISTRICT, [])


def recommend(round_: Round) -> None:
    """Four places a district; a fifth is refused, and becomes the first reserve."""
    reviewers = users_of(Role.DISTRICT_REVIEWER)
    places = RECOMMENDED // DISTRICTS
    waiting: dict[int, list[int]] = {}
    for pk, district in Application.objects.filter(round=round_).order_by("pk").values_list("pk", "district"):
        waiting.setdefault(district, []).append(pk)
    for number, held in enumerate(DistrictList.objects.filter(round=round_, district__in=waiting)):
        own, mine = by(reviewers[held.district_id]), waiting[held.district_id]
        if not number:
            entries = [recommendations.Entry(pk, False, "基础好。") for pk in mine[: places + 1]]
            with pytest.raises(DomainError, match="推荐了 5 个"):
                recommendations.save_list(**own, list_id=held.pk, entries=entries)
        entries = [recommendations.Entry(pk, n >= places, "基础好。") for n, pk in enumerate(mine[: places + 1])]
        with at_most(40):
            recommendations.save_list(**own, list_id=held.pk, entries=entries)
            recommendations.send_list(**own, list_id=held.pk, lock_version=0)


def seat(chair: User, round_: Round) -> None:
    """Experts of whom every fourth works at one of the schools; then the draw."""
    city, employers = unit_of(City.objects.get()), list(School.objects.order_by("code")[:SCHOOLS:97])
    own = by(chair)
    for number in range(EXPERTS):
        employer = unit_of(employers[number // 4]) if number % 4 == 0 else None  # type: ignore[arg-type]
        panel.register_expert(**own, office=make_office(Role.EXPERT, city), expertise=[], employer=employer)
    with at_most(60):
        panel.draw_panel(**own, round_id=round_.pk, lock_version=1, seed="20261129")


def judge(round_: Round) -> None:
    """Eight hundred sheets; a case is as good as its number says, an expert as strict as his."""
    rows = Assignment.objects.filter(round=round_).select_related("expert__office__user", "application")
    experts = {expert.pk: by(expert.office.user) for expert in Expert.objects.select_related("office__user")}
    for sheet in rows:
        own = {**experts[sheet.expert_id], "assignment_id": sheet.pk}
        sheets.declare_free(**own)
        base = 12 + sheet.application_id % 20 + sheet.expert_id % 5
        marks = {"base": (f"{base}", None), "fusion": (f"{20 + sheet.pk % 13}", None), "brand": ("15", None)}
        sheets.save_sheet(**own, marks=marks, comment=COMMENT)
        sheets.submit_sheet(**own, lock_version=0)


def test_six_hundred_apply_and_ninety_eight_hold_the_title(chair: User) -> None:
    round_ = call(chair)
    apply(round_)
    assert Application.objects.filter(round=round_, status="district_review").count() == APPLIED
    analyze()
    move_to(round_, StageKind.RECOMMENDATION)
    recommend(round_)
    assert Recommendation.objects.filter(round=round_, place__isnull=False).count() == RECOMMENDED
    move_to(round_, StageKind.REVIEW)
    seat(chair, round_)
    _check_draw(round_)
    judge(round_)
    analyze()
    with at_most(20):
        results.close_review(**by(chair), round_id=round_.pk, lock_version=2)
    _check_ranking(Round.objects.get(pk=round_.pk))
    with at_most(60):
        results.publish_decisions(
            **by(chair), round_id=round_.pk, lock_version=3, number="DC-2027", issuer="市委教育工委（演示）",
            starts_on=timezone.localdate(),
        )  # fmt: skip
    _check_pages(chair, round_)
    open_now(round_, StageKind.ANNOUNCEMENT)
    PublicNotice.objects.update(
        starts_on=timezone.localdate() - timedelta(days=9), ends_on=timezone.localdate() - timedelta(days=1)
    )
    with at_most(40):
        notices.announce_round(**by(chair), round_id=round_.pk, lock_version=4)
    chosen = Decision.objects.filter(outcome="select").values("application")
    assert Designation.objects.filter(round=round_, application__in=chosen).count() == SELECTED
    assert Designation.objects.filter(round=round_).count() == SELECTED


def _check_draw(round_: Round) -> None:
    """Every item has its five, nobody too many, nobody in conflict, and nobody reads where it comes from."""
    sheets_ = Assignment.objects.filter(round=round_)
    assert sheets_.count() == RECOMMENDED * PANEL
    pairs = set(sheets_.values_list("expert", "application"))
    barred = set(Conflict.objects.values_list("expert", "application"))
    assert barred
    assert not pairs & barred
    loads = [expert.assignments.count() for expert in Expert.objects.all()]
    assert max(loads) - min(loads) <= 1
    for case in Application.objects.filter(round=round_, status="expert_review").select_related("blind_copy", "school"):
        assert case.school.name not in str(case.blind_copy.content)


def _check_ranking(round_: Round) -> None:
    again = rank(
        list_sheets(round_), get_rubric(round_), trim=round_.trim, trim_from=round_.trim_from, tie_rule=["fusion"],
        seed=round_.seed,
    )  # fmt: skip
    assert [row.item for _pk, row in compute_ranking(round_)] == [row.item for row in again]
    assert compute_strictness(round_) == strictness(list_sheets(round_), get_rubric(round_))
    scores = list(Decision.objects.order_by("rank").values_list("score", flat=True))
    assert len(scores) == RECOMMENDED
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] > Decimal(0)
    assert Decision.objects.filter(outcome="select").count() == SELECTED


def _check_pages(chair: User, round_: Round) -> None:
    """The pages of the city and of anybody, at this size, with as many queries as at any other."""
    client = Client()
    client.force_login(chair)
    for path, queries in (
        (f"/selection/rounds/{round_.pk}/", 50), (f"/selection/cases/?round={round_.pk}", 40),
        (f"/selection/rounds/{round_.pk}/outcome/", 40), ("/selection/", 40),
    ):  # fmt: skip
        with at_most(queries):
            assert client.get(path).status_code == 200, path
    with at_most(20):
        page = Client().get("/notices/DC-2027/").content.decode()
    assert f"拟入选名单（{SELECTED} 个）" in page
    csv = b"".join(Client().get("/notices/DC-2027/?export=csv")).decode("utf-8-sig")  # type: ignore[arg-type]
    assert len(csv.strip().splitlines()) == SELECTED + 1
