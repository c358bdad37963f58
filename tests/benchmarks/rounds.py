"""Rounds under review at the size of 60 and of 600 applications, for the rows of the panel.

Schools of the generated city apply with a case of six sections; five sheets each, about eighteen for every expert in either
round, so that an expert's page shows as much in the small one as in the large one. Cases and experts are written in
bulk, found eligible in a round without recommendation; from the draw on the services of the portal do the work.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from districts.access import scope_of
from districts.models import City, Office, Role, Unit
from portal.accounts.models import User
from projects.programmes.models import Programme
from projects.programmes.services import load_programmes
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Assignment,
    DesignationKind,
    Expert,
    HolderKind,
    Round,
    StageKind,
    Version,
)
from projects.selection.services import panel, rounds
from schools.registry.models import School

from .people import make_office

SHEETS = 5
LOAD = 20
# More experts than the least that could do it, so that the draw has a choice, as it has in life.
SPARE = 1.1
SECTIONS = ("工作基础", "组织设置", "党建与教学融合", "队伍建设", "品牌特色", "建设计划")
PARAGRAPH = "党支部建在年级组，骨干教师带头上公开课，每学期集中研修六次，两年内形成可推广的工作法。"
CRITERIA = (("base", 25), ("team", 20), ("fusion", 25), ("brand", 20), ("plan", 10))
# Every sheet filled with points that can be repeated: from half of the maximum up to it.
MARKS = """
INSERT INTO selection_mark (assignment_id, criterion_id, points, explanation, saved_at)
SELECT a.id, c.id, round(c.maximum / 2 + (abs(hashint8(a.id * 7919 + c.id)::bigint) %% 100) * c.maximum / 200, 1), '', now()
FROM selection_assignment a JOIN selection_criterion c ON c.round_id = a.round_id WHERE a.round_id = %(round)s"""


@dataclass(frozen=True, slots=True)
class Contest:
    """A round under review: how many cases and experts, and how long the draw with its redaction took."""

    round: Round
    cases: int
    experts: int
    draw_seconds: float


def build_round(cases: int) -> Contest:
    """Drawn, declared and filled; nothing is handed in yet."""
    user, _office = make_office(Role.CITY_ADMIN, City.objects.get(), "bench-chair")
    by: dict[str, Any] = {"actor": user, "scope": scope_of(user)}
    round_ = _publish_round(by, cases)
    experts = _make_experts(round_, cases)
    _hand_in(round_, cases, user)
    started = time.perf_counter()
    panel.draw_panel(**by, round_id=round_.pk, lock_version=round_.lock_version, seed="20261129")
    seconds = time.perf_counter() - started
    Assignment.objects.filter(round=round_).update(declared_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(MARKS, {"round": round_.pk})
        cursor.execute(
            "VACUUM ANALYZE selection_assignment, selection_mark, selection_application, selection_blindcopy"
        )
    round_.refresh_from_db()
    return Contest(round_, cases, experts, seconds)


def _publish_round(by: dict[str, Any], cases: int) -> Round:
    load_programmes()
    kind, _new = DesignationKind.objects.get_or_create(
        code="bench", defaults={"title": "培育创建单位", "term_months": 24}
    )
    now = timezone.now()
    round_ = rounds.create_round(
        **by, unit=Unit.objects.get(pk=City.objects.get().pk), code=f"bench-{cases}", title=f"{cases} 件",
        official_title="培育创建单位", programme=Programme.objects.get(code="dual_creation"), designation_kind=kind,
        target=cases // 6, panel_size=SHEETS, expert_load=LOAD, expertise=[f"bench-{cases}"],
        tie_rule=["fusion", "brand"], has_recommendation=False,
    )  # fmt: skip
    given: dict[str, Any] = {**by, "round_id": round_.pk}
    window = (now - timedelta(days=5), now + timedelta(days=5))
    rounds.set_stages(**given, stages=dict.fromkeys(StageKind.values, window))
    questions = [{"code": f"s{n}", "section": title, "title": title} for n, title in enumerate(SECTIONS)]
    rounds.set_questions(**given, rows=questions)
    criteria = [{"code": code, "title": code, "maximum": Decimal(most)} for code, most in CRITERIA]
    rounds.set_criteria(**given, rows=criteria)
    rounds.allot_places(**given, quota={}, pool=1)
    return rounds.publish_round(**given, lock_version=0).obj


def _make_experts(round_: Round, cases: int) -> int:
    count = int(cases * SHEETS / LOAD * SPARE)
    users = User.objects.bulk_create(
        [User(username=f"bench-expert-{cases}-{n}", display_name=f"专家 {n:04d}") for n in range(count)]
    )
    city = Unit.objects.get(pk=City.objects.get().pk)
    since = timezone.localdate() - timedelta(days=400)
    offices = Office.objects.bulk_create(
        [Office(user=user, role=Role.EXPERT, unit=city, valid_from=since) for user in users]
    )
    Expert.objects.bulk_create([Expert(office=office, expertise=[f"bench-{cases}"]) for office in offices])
    return count


def _hand_in(round_: Round, cases: int, user: User) -> None:
    """Eligible cases of so many schools; each names its school in every section, as people do."""
    schools = list(School.objects.filter(valid_to=None).select_related("district").order_by("code")[:cases])
    if len(schools) < cases:
        raise RuntimeError(f"the city has only {len(schools)} schools; row f needs {cases}")
    now = timezone.now()
    applications = Application.objects.bulk_create(
        [
            Application(
                round=round_, status=ApplicationStatus.DISTRICT_REVIEW, holder_kind=HolderKind.SCHOOL, school=school,
                district=school.district, submitted_at=now,
            )
            for school in schools
        ]
    )  # fmt: skip
    Version.objects.bulk_create(
        [
            Version(
                application=application, number=1, saved_by=user, frozen_at=now,
                answers={f"s{n}": f"{application.school.name}{PARAGRAPH * 18}" for n in range(len(SECTIONS))},
            )
            for application in applications
        ]
    )  # fmt: skip
