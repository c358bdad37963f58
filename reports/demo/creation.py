"""Builds of 双创建 for the generated cities, all in bulk: titles, papers, goals, measures, past rounds. 演示数据."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from districts.models import District
from portal.workflow.models import Event
from projects.creation.models import Goal, Milestone, Paper, PaperKind, PaperStatus
from projects.creation.sections import SECTIONS
from projects.selection.calendar import add_months
from projects.selection.models import Application, Designation, DesignationKind
from projects.selection.services.designations import new_check_code
from projects.selection.services.kinds import load_kinds

from .builds import Build, PaperPlan, live
from .copying import copy_rows, take_ids
from .figures import chance
from .past_rounds import build_past_round
from .people import Staff
from .units import BuiltSchool

DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "creation.toml").read_text(encoding="utf-8"))
ARTICLE = "公开报道（演示，日期示意）"
FIRST, SECOND, THIRD = ("首批", date(2023, 12, 20)), ("第二批", date(2024, 7, 9)), ("2025年增补", date(2025, 12, 10))
CITY_BATCHES = ((*FIRST, 0.015), (*SECOND, 0.030), (*THIRD, 0.025))
DISTRICT_SHARE, DISTRICT_DAYS = 0.10, 1000
# One district in which every stage can be seen: days since the title, and what chance is not asked about.
STAGED_DISTRICT = "500238"
STAGED: tuple[tuple[int, dict[str, float]], ...] = (
    (335, {"midterm begun": 1.0}),
    (20, {"plan begun": 0.1}),
    (40, {"plan back": 0.9}),
    (45, {"plan back": 0.1}),
    (80, {"plan": 0.0}),
    (355, {"midterm": 0.5, "midterm back": 0.9}),
    (390, {"midterm": 0.0}),
    (420, {"midterm": 0.2, "rectification begun": 1.0}),
    (450, {"midterm": 0.2, "rectification back": 0.9}),
    (705, {"midterm": 0.5, "acceptance": 0.5, "acceptance back": 0.9}),
    (760, {"midterm": 0.5, "acceptance": 0.0}),
    (770, {"midterm": 0.5, "acceptance": 0.1}),
    (790, {"midterm": 0.5, "acceptance": 0.25}),
)
# The article: a demonstration school of the first batch, and a unit of the first batch that is still being built.
NAMED_DEMONSTRATION, NAMED_BUILD = "南坪实验小学", "电报路小学"


def build_creation(
    built: Sequence[BuiltSchool], staff: Staff, *, years: Sequence[int], today: date, plan: Mapping[str, Any]
) -> None:
    """Write everything; nothing for a city without years. Runs before the facts."""
    load_kinds()
    if not years:
        return
    builds = [
        live(b, today, held_until=today + timedelta(days=45) if b.school.plan.short_name == NAMED_BUILD else None)
        for b in _given(built, today, plan)
    ]
    cases = _write_rounds(built, builds, staff)
    ids = _write_titles(builds, cases, staff)
    _write_demonstration(built, staff, today)
    _write_papers(list(zip(ids, builds, strict=True)), staff, today)


def _given(built: Sequence[BuiltSchool], today: date, plan: Mapping[str, Any]) -> Iterator[Build]:
    """One build a school at most: every stage in one district, the city's batches, then the districts' own."""
    taken: set[int] = set()
    for build in (*_staged(built, today), *_city_batches(built, today, plan), *_district_years(built, today)):
        if build.school.pk not in taken:
            taken.add(build.school.pk)
            yield build


def _staged(built: Sequence[BuiltSchool], today: date) -> Iterator[Build]:
    own = [school for school in built if school.plan.district == STAGED_DISTRICT]
    for school, (days, fate) in zip(own, STAGED, strict=False):
        since = today - timedelta(days=days)
        yield Build(school, "district", f"{since.year}年区县级", since, fate=fate)


def _city_batches(built: Sequence[BuiltSchool], today: date, plan: Mapping[str, Any]) -> Iterator[Build]:
    """In the districts of the article exactly as many as it says, all in the second batch."""
    bound = {line["district"]: line["builds"] for line in plan.get("article", ()) if "builds" in line}
    by_luck = sorted(built, key=lambda school: -chance(school.plan.code, "build"))
    for batch, since, share in CITY_BATCHES:
        left = dict(bound) if batch == SECOND[0] else {}
        for school in by_luck if since <= today else ():
            place, name = school.plan.district, school.plan.short_name
            chosen = place not in bound and chance(school.plan.code, batch, "build") < share
            if left.get(place, 0) > 0:
                chosen, left[place] = True, left[place] - 1
            if (chosen and name != NAMED_DEMONSTRATION) or (name, batch) == (NAMED_BUILD, FIRST[0]):
                yield Build(school, "city", batch, since)


def _district_years(built: Sequence[BuiltSchool], today: date) -> Iterator[Build]:
    for school in built:
        luck = chance(school.pk, "district build")
        since = today - timedelta(days=int(luck / DISTRICT_SHARE * DISTRICT_DAYS))
        if luck < DISTRICT_SHARE:
            yield Build(school, "district", f"{since.year}年区县级", since)


def _write_rounds(built: Sequence[BuiltSchool], builds: Sequence[Build], staff: Staff) -> dict[int, Application]:
    """The city's past rounds, announced: school → its case, for those that were chosen."""
    cases: dict[int, Application] = {}
    for batch, since, _share in CITY_BATCHES:
        chosen = {b.school.pk: b.school for b in builds if (b.level, b.batch) == ("city", batch)}
        if chosen:
            cases |= build_past_round(built, chosen, staff, batch=batch, announced=since)
    return cases


def _write_titles(builds: Sequence[Build], cases: Mapping[int, Application], staff: Staff) -> list[int]:
    """The titles, and those that accepted builds became; returns the keys of the builds' own."""
    kinds = {row.code: row for row in DesignationKind.objects.filter(code__startswith="dc-")}
    districts = {row.pk: row for row in District.objects.all()}
    cultivation, crown = kinds["dc-cultivation"], kinds["dc-demonstration"]

    def title(build: Build, kind: DesignationKind, since: date, **given: Any) -> Designation:
        return Designation(
            holder_kind="school", school_id=build.school.pk, kind=kind, level=build.level, batch=build.batch,
            official_title=f"{build.batch}{kind.title}", district=districts[build.school.district_on(since)],
            valid_from=since, recorded_by_id=staff.reviewers[build.school.district_now], check_code=new_check_code(),
            **given,
        )  # fmt: skip

    rows = []
    for build in builds:
        case = cases.get(build.school.pk) if build.level == "city" else None
        link = {"round_id": case.round_id, "application": case} if case else {"source": "区县教育工委文件（演示）"}
        row = title(
            build, cultivation, build.since, valid_to=build.valid_to, midterm_due=build.midterm_due,
            midterm_passed_on=build.passed_on, ended_on=build.ended_on, status=build.status,
            lock_version=len(build.steps), **link,
        )  # fmt: skip
        rows.append(row)
    Designation.objects.bulk_create(rows)
    Designation.objects.bulk_create(
        title(
            build, crown, build.ended_on, valid_to=add_months(build.ended_on, crown.term_months or 36),
            status="active", source="期满验收通过", predecessor=row,
        )
        for row, build in zip(rows, builds, strict=True)
        if build.status == "accepted" and build.ended_on
    )  # fmt: skip
    return [row.pk for row in rows]


def _write_demonstration(built: Sequence[BuiltSchool], staff: Staff, today: date) -> None:
    kind = DesignationKind.objects.get(code="dc-demonstration")
    for school in built:
        if school.plan.short_name != NAMED_DEMONSTRATION:
            continue
        until = add_months(FIRST[1], kind.term_months or 36)
        while until <= today + timedelta(days=90):
            until = add_months(until, 12)
        Designation.objects.create(
            holder_kind="school", school_id=school.pk, kind=kind, level="city", batch=FIRST[0],
            official_title=f"{FIRST[0]}{kind.title}", district_id=school.district_on(FIRST[1]), source=ARTICLE,
            valid_from=FIRST[1], valid_to=until, status="active", check_code=new_check_code(),
            recorded_by_id=staff.reviewers[school.district_now],
        )  # fmt: skip


def _brand(build: Build) -> str:
    names = DATA["brands"]
    return str(names[int(chance(build.school.pk, "brand") * len(names))])


def _write_papers(builds: Sequence[tuple[int, Build]], staff: Staff, today: date) -> None:
    flat = [(key, build, paper) for key, build in builds for paper in build.papers]
    ids = take_ids(Paper, len(flat))
    rows = list(zip(ids, flat, strict=True))
    columns = ("brand", "concept", "report", "case_title", "case_text", "results")
    copy_rows(
        Paper,
        (
            "id", "status", "lock_version", "designation_id", "kind", "due_on", *columns, "result", "finding", "until",
            "settled_on", "saved_by_id", "saved_at",
        ),
        (
            (
                pk, paper.status, len(_paper_steps(paper)), key, paper.kind, paper.due, *_texts(build, paper, columns),
                paper.result, _finding(paper), paper.until, paper.settled, staff.clerks[build.school.pk],
                _moment(paper.written, 3),
            )
            for pk, (key, build, paper) in rows
        ),
    )  # fmt: skip
    plans = [(pk, build) for pk, (_key, build, paper) in rows if paper.kind == PaperKind.PLAN]
    copy_rows(
        Goal, ("paper_id", '"order"', "title", "baseline", "target", "achieved"),
        (
            (pk, n, g["title"], g["baseline"], g["target"], g["achieved"] if _is_reported(build) else "")
            for pk, build in plans for n, g in enumerate(DATA["goals"])
        ),
    )  # fmt: skip
    copy_rows(
        Milestone, ("paper_id", '"order"', "measure", "due_on", "done_on", "note"),
        (line for pk, build in plans for line in _milestones(pk, build, today)),
    )  # fmt: skip
    copy_rows(
        Event,
        (
            "process", "object_id", "action", "source", "target", "version", "actor_id", "comment", "payload",
            "created_at",
        ),
        _events(builds, rows, staff),
    )  # fmt: skip


def _is_reported(build: Build) -> bool:
    return any(paper.kind == PaperKind.ACCEPTANCE for paper in build.papers)


def _texts(build: Build, paper: PaperPlan, columns: Sequence[str]) -> list[str]:
    """What the kind asks for; a draft has its first text only."""
    texts = {
        "brand": "{brand}", "concept": DATA["concept"], "report": DATA["texts"][paper.kind],
        "case_title": DATA["texts"]["case_title"], "case_text": DATA["texts"]["case_text"],
        "results": DATA["texts"]["results"],
    }  # fmt: skip
    asked = [section.field for section in SECTIONS[paper.kind]]
    if paper.status == PaperStatus.DRAFT:
        asked = asked[:1]
    return [texts[name].format(brand=_brand(build)) if name in asked else "" for name in columns]


def _finding(paper: PaperPlan) -> str:
    if not paper.result:
        return ""
    found: dict[str, str] = DATA["findings"]
    return found.get(paper.result) or found[f"{paper.result}_{paper.kind}"]


def _milestones(pk: int, build: Build, today: date) -> Iterator[tuple[Any, ...]]:
    """Done about when it was planned, if that day is over and the plan was agreed."""
    agreed = any(paper.kind == PaperKind.PLAN and paper.settled for paper in build.papers)
    for n, line in enumerate(DATA["milestones"]):
        due = build.since + timedelta(days=line["after"])
        done = due + timedelta(days=int(chance(pk, n, "done") * 40) - 25)
        is_done = agreed and done <= min(today, build.ended_on or today)
        yield pk, n, line["measure"], due, done if is_done else None, line["note"] if is_done else ""


def _paper_steps(paper: PaperPlan) -> list[tuple[str, str, str]]:
    steps = [("submit", "draft", "submitted")]
    if paper.status == PaperStatus.SETTLED:
        return [*steps, ("settle", "submitted", "settled")]
    if paper.status == PaperStatus.RETURNED:
        return [*steps, ("return", "submitted", "returned")]
    return steps if paper.status == PaperStatus.SUBMITTED else []


def _events(
    builds: Sequence[tuple[int, Build]], papers: Sequence[tuple[int, tuple[int, Build, PaperPlan]]], staff: Staff
) -> Iterator[tuple[Any, ...]]:
    for pk, (_key, build, paper) in papers:
        for version, (action, source, target) in enumerate(_paper_steps(paper)):
            by_school = action == "submit"
            actor = staff.clerks[build.school.pk] if by_school else staff.reviewers[build.school.district_now]
            comment = _finding(paper) if action == "settle" else "" if by_school else "数据与平台不一致，请核对后重报。"
            day = paper.settled if action == "settle" and paper.settled else paper.written
            yield "creation.paper", pk, action, source, target, version, actor, comment, "{}", _moment(day, 3 + version)
    for key, build in builds:
        for version, (action, source, target, day, payload) in enumerate(build.steps):
            finding = next((_finding(p) for p in build.papers if p.settled == day), "")
            yield (
                "selection.designation", key, action, source, target, version,
                staff.reviewers[build.school.district_now], finding, json.dumps(payload), _moment(day, 6),
            )  # fmt: skip


def _moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 24, tzinfo=UTC)
