"""Research topics for the generated cities, in bulk: thirty a year, contract to closing, and practice. 演示数据."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from districts.models import City
from portal.workflow.models import Event
from projects.selection.models import Designation, DesignationKind
from projects.selection.services.designations import new_check_code
from projects.selection.services.kinds import load_kinds
from projects.topics.models import BudgetLine, Field, Output, Paper, PaperKind, PaperStatus, Practice, Regulation, Topic
from projects.topics.sections import SECTIONS
from projects.topics.services.regulations import load_regulation
from schools.showcase.models import Brand

from .copying import copy_rows, take_ids
from .figures import chance
from .people import Staff
from .topic_lives import Life, PaperPlan, live
from .units import BuiltSchool

DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "topics.toml").read_text(encoding="utf-8"))
SOURCE = "每年资助立项30个党建研究课题（公开报道，演示，日期示意）"
# The article: 30 a year. The current year has places left for the call that is open in the demo.
A_YEAR, THIS_YEAR = 30, 24
AWARDED = (4, 15)
# One district in which every stage can be seen: years back, and what chance is not asked about.
STAGED_DISTRICT = "500238"
STAGED: tuple[tuple[int, dict[str, float]], ...] = (
    (0, {"opening twice": 0.0}),
    (1, {"midterm": 0.0, "ended": 1.0, "opening twice": 1.0}),
    (1, {"ended": 1.0, "change": 0.0}),
    (2, {"extension": 0.0, "closing": 0.0, "closing handed": 0.0, "ended": 1.0, "midterm": 1.0}),
    (2, {"extension": 0.0, "closing": 0.0, "closing handed": 1.0, "ended": 1.0, "midterm": 1.0}),
    (2, {"extension": 1.0, "closing": 1.0, "failed": 0.0, "ended": 1.0, "midterm": 1.0}),
    (2, {"ended": 0.0}),
)
REGISTERED = 12


def build_topics(built: Sequence[BuiltSchool], staff: Staff, *, years: Sequence[int], today: date) -> None:
    """Write everything; nothing for a city without years. Runs after the builds, before the facts."""
    load_kinds()
    load_regulation()
    if not years:
        return
    lives = [live(life, today) for life in _funded(built, years, today)]
    ids = take_ids(Topic, len(lives))
    titles = _write_titles(ids, lives, staff)
    _write_topics(list(zip(ids, lives, titles, strict=True)), staff)
    _write_papers(list(zip(ids, lives, strict=True)), staff)
    _write_practices(list(zip(ids, lives, strict=True)), staff)
    _write_registered(built, staff)


def _funded(built: Sequence[BuiltSchool], years: Sequence[int], today: date) -> Iterator[Life]:
    """Thirty schools a year by chance, other ones every year; in the current year fewer."""
    rules = Regulation.objects.earliest("valid_from")
    own = [school for school in built if school.plan.district == STAGED_DISTRICT]
    begun = [year for year in years if date(year, *AWARDED) <= today]
    for year in begun:
        staged = [
            (school, fate)
            for school, (back, fate) in zip(own, STAGED, strict=False)
            if year == max(begun[-1] - back, begun[0])
        ]
        by_luck = sorted(built, key=lambda school, year=year: chance(school.pk, year, "topic"))  # type: ignore[misc]
        staged_keys = {school.pk for school in own[: len(STAGED)]}
        others: list[tuple[BuiltSchool, dict[str, float]]] = [
            (school, {}) for school in by_luck if school.pk not in staged_keys
        ]
        most = THIS_YEAR if year == today.year else A_YEAR
        for number, (school, fate) in enumerate([*staged, *others][:most], 1):
            yield Life(school, year, number, date(year, *AWARDED), rules, fate)


def _title(school: int, year: object) -> str:
    subject = DATA["subjects"][int(chance(school, year, "subject") * len(DATA["subjects"]))]
    return f"{subject}{DATA['forms'][int(chance(school, year, 'form') * len(DATA['forms']))]}"


def _leader(life: Life) -> str:
    """Another one after a change."""
    number = int(chance(life.school.pk, life.year, "leader") * len(DATA["leaders"])) + life.changed
    return str(DATA["leaders"][number % len(DATA["leaders"])])


def _field(school: int, year: object) -> str:
    fields = Field.values[:-1]
    return str(fields[int(chance(school, year, "field") * len(fields))])


def _write_titles(ids: Sequence[int], lives: Sequence[Life], staff: Staff) -> list[Designation]:
    """The titles of the funding, and those of the closing behind them."""
    kinds = DesignationKind.objects.in_bulk(["research-topic", "closed-topic"], field_name="code")

    def title(pk: int, life: Life, kind: str, since: date, **given: Any) -> Designation:
        return Designation(
            holder_kind="topic", school_id=life.school.pk, subject_id=pk,
            subject_title=_title(life.school.pk, life.year), kind=kinds[kind], level="city", batch=f"{life.year}年度",
            official_title=f"{kinds[kind].title}（{life.year}-{life.number:02d}，演示）",
            district_id=life.school.district_on(since), valid_from=since, check_code=new_check_code(),
            recorded_by_id=staff.reviewers[life.school.district_now], **given,
        )  # fmt: skip

    rows = [
        title(
            pk, life, "research-topic", life.since, source=SOURCE, ended_on=life.ended_on,
            status="withdrawn" if life.ended_on else "active", lock_version=int(life.ended_on is not None),
        )
        for pk, life in zip(ids, lives, strict=True)
    ]  # fmt: skip
    Designation.objects.bulk_create(rows)
    Designation.objects.bulk_create(
        title(pk, life, "closed-topic", life.closed_on, source="结题验收通过", status="active", predecessor=row)
        for pk, life, row in zip(ids, lives, rows, strict=True)
        if life.closed_on
    )
    return rows


def _write_topics(rows: Sequence[tuple[int, Life, Designation]], staff: Staff) -> None:
    city = City.objects.get().pk
    copy_rows(
        Topic,
        (
            "id", "status", "lock_version", "school_id", "title", "field", "leader", "members", "summary", "promised",
            "unit_id", "year", "number", "designation_id", "regulation_id", "amount", "contract_number", "awarded_on",
            "midterm_due", "due_on", "next_due", "closed_on", "ended_on", "saved_by_id", "saved_at",
        ),
        (
            (
                pk, life.status, len(life.steps), life.school.pk, title.subject_title,
                _field(life.school.pk, life.year), _leader(life), 4 + life.school.pk % 6, DATA["summary"],
                DATA["promised"], city, life.year, life.number, title.pk, life.rules.pk, life.rules.amount,
                f"KT{life.year}{life.number:02d}" if len(life.steps) > 1 else "", life.since, life.midterm_due,
                life.due_on, life.next_due, life.closed_on, life.ended_on, staff.clerks[life.school.pk],
                _moment(life.since, 2),
            )
            for pk, life, title in rows
        ),
    )  # fmt: skip


def _write_papers(lives: Sequence[tuple[int, Life]], staff: Staff) -> None:
    """Lines first: once their paper is there and handed in, the database takes none."""
    flat = [(key, life, paper) for key, life in lives for paper in life.papers]
    rows = list(zip(take_ids(Paper, len(flat)), flat, strict=True))
    copy_rows(BudgetLine, ("paper_id", '"order"', "item", "amount"), _budget(rows))
    copy_rows(Output, ("paper_id", '"order"', "kind", "title", "source", "done_on"), _outputs(rows))
    copy_rows(
        Paper,
        (
            "id", "status", "lock_version", "topic_id", "kind", "due_on", "report", "plan", "results", "part", "value",
            "wanted", "result", "finding", "until", "settled_on", "saved_by_id", "saved_at",
        ),
        (
            (
                pk, paper.status, len(_paper_steps(paper)), key, paper.kind, paper.due, *_texts(paper),
                *_request(life, paper), paper.result, DATA["findings"].get(paper.finding, ""), paper.until,
                paper.settled, staff.clerks[life.school.pk], _moment(paper.written, 3),
            )
            for pk, (key, life, paper) in rows
        ),
    )  # fmt: skip
    columns = (
        "process", "object_id", "action", "source", "target", "version", "actor_id", "comment", "payload", "created_at",
    )  # fmt: skip
    copy_rows(Event, columns, _events(lives, rows, staff))


Row = tuple[int, tuple[int, Life, PaperPlan]]


def _budget(rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    for pk, (_key, life, paper) in rows:
        if paper.kind == PaperKind.CONTRACT and paper.status != PaperStatus.DRAFT:
            for n, line in enumerate(DATA["budget"]):
                yield pk, n, line["item"], round(life.rules.amount * line["share"])


def _outputs(rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    for pk, (_key, _life, paper) in rows:
        if paper.kind == PaperKind.CLOSING and paper.status != PaperStatus.DRAFT:
            for n, line in enumerate(DATA["outputs"]):
                day = paper.written - timedelta(days=20 * n + 10)
                yield pk, n, line["kind"], line["title"], line["source"], day


def _texts(paper: PaperPlan) -> list[str]:
    """What the kind asks for; a draft has its first text only."""
    asked = [section.field for section in SECTIONS[paper.kind]]
    if paper.status == PaperStatus.DRAFT:
        asked = asked[:1]
    return [DATA["texts"][paper.kind][name] if name in asked else "" for name in ("report", "plan", "results")]


def _request(life: Life, paper: PaperPlan) -> tuple[str, str, date | None]:
    if paper.kind == PaperKind.CHANGE:
        return "leader", _leader(life), None
    return "", "", (paper.until or life.due_on) if paper.kind == PaperKind.EXTENSION else None


def _paper_steps(paper: PaperPlan) -> list[tuple[str, str, str]]:
    steps = [("submit", "draft", "submitted")]
    if paper.status == PaperStatus.SETTLED:
        return [*steps, ("settle", "submitted", "settled")]
    if paper.status == PaperStatus.RETURNED:
        return [*steps, ("return", "submitted", "returned")]
    return steps if paper.status == PaperStatus.SUBMITTED else []


def _events(lives: Sequence[tuple[int, Life]], papers: Sequence[Row], staff: Staff) -> Iterator[tuple[Any, ...]]:
    for pk, (_key, life, paper) in papers:
        for version, (action, source, target) in enumerate(_paper_steps(paper)):
            by_school, finding = action == "submit", DATA["findings"].get(paper.finding, "")
            actor = staff.clerks[life.school.pk] if by_school else staff.reviewers[life.school.district_now]
            comment = finding if action == "settle" else "" if by_school else "预期成果与研究任务对不上，请核对后重报。"
            day = paper.settled if action == "settle" and paper.settled else paper.written
            yield "topics.paper", pk, action, source, target, version, actor, comment, "{}", _moment(day, 3 + version)
    for key, life in lives:
        actor = staff.reviewers[life.school.district_now]
        for version, (action, source, target, day, finding) in enumerate(life.steps):
            comment = DATA["findings"].get(finding, "")
            yield "topics.topic", key, action, source, target, version, actor, comment, "{}", _moment(day, 6)


def _write_practices(lives: Sequence[tuple[int, Life]], staff: Staff) -> None:
    """Closed topics are applied at their school, most as a part of its brand; some stand behind a title of 双创建."""
    schools = [life.school.pk for _key, life in lives if life.closed_on]
    built = Designation.objects.filter(school__in=schools, kind__code="dc-cultivation", status="cultivating")
    titles: Mapping[int, int] = dict(built.values_list("school_id", "pk"))
    brands = dict(Brand.objects.filter(school__in=schools, ended_on=None).values_list("school_id", "pk"))
    Practice.objects.bulk_create(
        Practice(
            topic_id=key, kind="brand" if life.school.pk in brands else "school", school_id=life.school.pk,
            brand_id=brands.get(life.school.pk), designation_id=titles.get(life.school.pk), since=life.closed_on,
            note=DATA["note"], saved_by_id=staff.clerks[life.school.pk],
        )
        for key, life in lives
        if life.closed_on
    )  # fmt: skip


def _write_registered(built: Sequence[BuiltSchool], staff: Staff) -> None:
    """Topics for the next call, the demo's own school among them."""
    first = [school for school in built if school.plan.district == STAGED_DISTRICT][:1]
    chosen = {school.pk: school for school in (*first, *sorted(built, key=lambda s: chance(s.pk, "registered")))}
    Topic.objects.bulk_create(
        Topic(
            school_id=pk, status="registered", title=_title(pk, "next"), field=_field(pk, "next"),
            leader=DATA["leaders"][pk % len(DATA["leaders"])], members=4 + pk % 5, summary=DATA["summary"],
            promised=DATA["promised"], saved_by_id=staff.clerks[pk],
        )
        for pk in list(chosen)[:REGISTERED]
    )  # fmt: skip


def _moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 24, tzinfo=UTC)
