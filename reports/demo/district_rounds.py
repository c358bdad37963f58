"""Rounds of districts from the engine's own templates: the article's district scored its brands; others run. 演示数据.

The big round is written in bulk, but drawn and ranked by the engine's own functions: its scores can be recomputed.
"""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from districts.access import scope_of
from districts.models import District, Office, Role, Unit
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    Criterion,
    Decision,
    Designation,
    Expert,
    Mark,
    Outcome,
    Round,
    RoundStatus,
    StageKind,
    Version,
)
from projects.selection.rules.assignment import draw, lot
from projects.selection.selectors.results import compute_ranking
from projects.selection.services import applications, rounds
from projects.selection.services.designations import new_check_code
from projects.selection.services.templates import read_templates, start_round
from schools.registry.models import School
from schools.showcase.models import Brand, Exhibit
from schools.showcase.selectors.brands import active_on

from .copying import copy_rows, take_ids
from .figures import chance
from .people import SINCE

DATA: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "data" / "district_rounds.toml").read_text(encoding="utf-8")
)


def load_district_rounds() -> int:
    """Start every round of the file, run those that are over or have cases; returns how many. Needs experts."""
    templates = read_templates()
    for line in DATA["rounds"]:
        district = District.objects.get(code=line["district"])
        by = _chair_of(district)
        round_ = start_round(
            **by, unit=Unit.objects.get(pk=district.pk), template=templates[line["template"]], code=line["code"],
            title=line["title"], official_title=line["official_title"], target=line["target"],
            starts_on=timezone.localdate() - timedelta(days=line["begun"]),
        )  # fmt: skip
        if line["state"] == "draft":
            continue
        rounds.publish_round(**by, round_id=round_.pk, lock_version=0)
        if line["state"] == "announced":
            _run(round_, by["actor"])
        else:
            _enter(round_, line["cases"])
    return len(DATA["rounds"])


def _chair_of(district: District) -> dict[str, Any]:
    """The district's administrator; one without a password where the demo has none."""
    office = Office.objects.filter(role=Role.DISTRICT_ADMIN, unit=district.pk, valid_to=None).first()
    if office is None:
        user = User(username=f"d{district.code}".lower(), display_name=f"管理员 {district.code[-4:]}")
        user.set_unusable_password()
        user.save()
        office = Office.objects.create(user=user, role=Role.DISTRICT_ADMIN, unit_id=district.pk, valid_from=SINCE)
    return {"actor": office.user, "scope": scope_of(office.user)}


def _run(round_: Round, chair: User) -> None:
    """Every brand of the district in use when the round began: applied, scored by the panel, decided, announced."""
    ends = {stage.kind: stage.closes_at for stage in round_.stages.all()}
    begun = timezone.localdate(ends[StageKind.APPLICATION])
    brands = Brand.objects.filter(active_on(begun), school__district=round_.unit_id)
    cases = _apply(round_, list(brands.select_related("school").order_by("pk")), ends[StageKind.APPLICATION])
    _score(round_, cases, ends[StageKind.REVIEW])
    _decide(round_, cases, chair, timezone.localdate(ends[StageKind.NOTICE]))


def _apply(round_: Round, brands: Sequence[Brand], at: datetime) -> list[Application]:
    seed = f"{round_.code}"
    rows = [
        Application(
            round=round_, holder_kind="brand", school_id=brand.school_id, subject_id=brand.pk, subject_title=brand.name,
            district_id=round_.unit_id, submitted_at=at - timedelta(days=3), lock_version=4,
            status=ApplicationStatus.DECLINED,
        )
        for brand in brands
    ]  # fmt: skip
    for number, row in enumerate(sorted(rows, key=lambda row: lot(seed, f"{row.subject_id}")), 1):
        row.blind_code = f"{number:03d}"
    Application.objects.bulk_create(rows)
    clerks = dict(Office.objects.filter(role=Role.SCHOOL_CLERK, valid_to=None).values_list("unit_id", "user_id"))
    Version.objects.bulk_create(
        Version(
            application=row, number=1, answers=_answers(round_, brand.name), saved_by_id=clerks[row.school_id],
            frozen_at=row.submitted_at,
        )
        for row, brand in zip(rows, brands, strict=True)
    )  # fmt: skip
    round_.seed = seed
    return rows


def _answers(round_: Round, name: str) -> dict[str, Any]:
    words: dict[str, str] = DATA["answers"]
    return {code: text.format(name=name) for code, text in words.items()} | {"names": [name]}


def _score(round_: Round, cases: Sequence[Application], at: datetime) -> None:
    """Seats by the engine's draw; points rise and fall with the keys, not with a person."""
    experts = list(Expert.objects.filter(is_active=True).values_list("pk", flat=True))
    drawn = draw(
        [f"{case.pk}" for case in cases], [f"{pk}" for pk in experts], seed=round_.seed,
        panel_size=round_.panel_size, load_limit=round_.expert_load,
    )  # fmt: skip
    if drawn.short:
        raise DomainError("panel_short", f"{len(experts)} experts cannot score {len(cases)} items")
    ids = take_ids(Assignment, len(drawn.pairs))
    sheets = [(pk, int(case), int(expert)) for pk, (case, expert) in zip(ids, drawn.pairs, strict=True)]
    copy_rows(
        Assignment,
        (
            "id", "status", "lock_version", "round_id", "application_id", "expert_id", "comment", "declared_at",
            "submitted_at",
        ),
        (
            (pk, AssignmentStatus.ASSIGNED, 1, round_.pk, case, expert, DATA["comment"], at - timedelta(days=4), None)
            for pk, case, expert in sheets
        ),
    )  # fmt: skip
    criteria = list(round_.criteria.all())
    copy_rows(
        Mark, ("assignment_id", "criterion_id", "points", "explanation", "saved_at"),
        (
            (pk, criterion.pk, _points(criterion, case, expert), "", at - timedelta(days=2))
            for pk, case, expert in sheets for criterion in criteria
        ),
    )  # fmt: skip
    Assignment.objects.filter(pk__in=ids).update(status=AssignmentStatus.SUBMITTED, submitted_at=at - timedelta(days=2))


def _points(criterion: Criterion, case: int, expert: int) -> int:
    """Between 0.62 and 0.97 of the maximum: how good the brand is, how strict the expert, and some noise."""
    level = 0.68 + 0.22 * chance(case, criterion.code, "points")
    strict = 0.06 * (chance(expert, "strict") - 0.5)
    noise = 0.06 * (chance(case, expert, criterion.code) - 0.5)
    return round(float(criterion.maximum) * (level + strict + noise))


def _decide(round_: Round, cases: Sequence[Application], chair: User, announced: date) -> None:
    ranking = compute_ranking(round_)
    Decision.objects.bulk_create(
        Decision(
            application_id=pk, score=row.score, rank=row.rank, sheets=row.sheets,
            outcome=Outcome.SELECT if row.rank <= round_.target else Outcome.DECLINE,
        )
        for pk, row in ranking
    )  # fmt: skip
    chosen = {pk for pk, row in ranking if row.rank <= round_.target}
    Application.objects.filter(pk__in=chosen).update(status=ApplicationStatus.ANNOUNCED, lock_version=6)
    Designation.objects.bulk_create(
        Designation(
            holder_kind="brand", school_id=case.school_id, subject_id=case.subject_id, subject_title=case.subject_title,
            kind=round_.designation_kind, level="district", batch=round_.title, official_title=round_.official_title,
            district_id=round_.unit_id, round=round_, application=case, valid_from=announced, status="active",
            recorded_by=chair, check_code=new_check_code(),
        )
        for case in cases if case.pk in chosen
    )  # fmt: skip
    Round.objects.filter(pk=round_.pk).update(seed=round_.seed, status=RoundStatus.ANNOUNCED, lock_version=6)


def _enter(round_: Round, count: int) -> None:
    """The first schools of the district with something to enter hand it in, by their clerks."""
    if round_.holder_kind == "brand":
        rows: Any = Brand.objects.filter(owner_kind="school", ended_on=None)
    else:
        rows = Exhibit.objects.filter(kind=round_.holder_kind, ended_on=None)
    for thing in rows.filter(school__district=round_.unit_id).select_related("school").order_by("school__code")[:count]:
        school: School = thing.school
        clerk = Office.objects.get(role=Role.SCHOOL_CLERK, unit=school.pk, valid_to=None).user
        by: dict[str, Any] = {"actor": clerk, "scope": scope_of(clerk)}
        case = applications.begin_application(**by, round_id=round_.pk, school=school, subject_id=thing.pk)
        answers = {q.code: DATA["long"].format(name=thing.name) for q in round_.questions.filter(kind="text")}
        applications.save_answers(
            **by, application_id=case.pk, seen_version=1, answers={**answers, "names": [thing.name]}
        )
        applications.submit_application(**by, application_id=case.pk, lock_version=0)
