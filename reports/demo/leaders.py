"""Records of 双带头人 for the generated cities, all in bulk: assessments, plans, titles, studios, pairings. 演示数据.

How many posts meet the standard grows from year to year; which ones follows from the keys, never from a person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from districts.models import District, Office, Role
from portal.workflow.models import Event
from projects.leaders.models import Assessment, AssessmentStatus, GapPlan, Pairing, Session, Standard, Studio
from projects.leaders.services.standards import load_standard
from projects.selection.calendar import add_months
from projects.selection.models import Designation, DesignationKind
from projects.selection.services.designations import new_check_code
from projects.selection.services.kinds import load_kinds
from schools.party.models import PartyOrganisation

from .copying import copy_rows, take_ids
from .figures import chance
from .people import Staff
from .units import BuiltSchool

MIDDLE_YEAR, RATE, DRIFT = 2024.5, 0.84, 0.04
ARTICLE = "公开报道（演示，日期示意）"
# The article: every branch secretary of this school meets the standard; these two hold a title of 2024.
ALL_MEET, NAMED_TITLES = "南坪实验小学", {"电报路小学": "2024年", "九十五中": "第二批"}
# The school that hosts 立人书记工作室.
NAMED_STUDIO = ("九十五中", "立人书记工作室", "党组织建设、党员教育管理、党建引领")
BATCHES = (("首批", date(2023, 12, 20), 0.012), ("第三批", date(2025, 12, 15), 0.020))
ARTICLE_BATCH = date(2024, 7, 1)
TITLE_MONTHS = 36
MEASURES = ("参加书记工作室跟岗一学期，申报区县级骨干教师。", "上公开课两节、主持课题一项，积累业务成果。",
            "参加书记轮训，述职评议争取评为“好”。")  # fmt: skip
THEMES = ("支部书记履职能力", "组织生活质量", "党建与教研融合", "青年教师培养", "党建品牌建设")
TOPICS = ("怎样开好组织生活会", "支部书记怎样上党课", "党员教师公开课观摩", "骨干教师培养交流", "党建品牌案例研讨",
          "发展党员工作流程", "学科教研与主题党日")  # fmt: skip
GOALS = ("一年内独立主持组织生活会", "两年内成长为区县级骨干教师", "掌握支部工作流程，能带一个支部")


@dataclass(frozen=True, slots=True)
class Planned:
    """One assessment to write: its post, day, result and state."""

    organisation: int
    school: BuiltSchool
    on: date
    meets: bool
    status: str = AssessmentStatus.CONFIRMED


def build_leaders(
    built: Sequence[BuiltSchool], staff: Staff, *, years: Sequence[int], today: date, plan: Mapping[str, Any]
) -> None:
    """Write everything; nothing for a city without years. Runs after the organisations, before the facts."""
    load_standard()
    load_kinds()
    if not years:
        return
    posts = _posts(built)
    planned = [item for organisation, school in posts for item in _timeline(organisation, school, years[0], today)]
    _write_assessments(planned, staff)
    _write_plans(planned, staff, today)
    hosts = dict(Office.objects.filter(role=Role.SCHOOL_SECRETARY).values_list("unit_id", "pk"))
    _write_titles(built, staff, hosts, today, plan)
    _write_studios(built, staff, hosts, years, today)


def _posts(built: Sequence[BuiltSchool]) -> list[tuple[int, BuiltSchool]]:
    schools = {school.pk: school for school in built}
    rows = PartyOrganisation.objects.order_by("pk").values_list("pk", "school_id")
    return [(pk, schools[school]) for pk, school in rows]


def _rate(school: BuiltSchool, when: date) -> float:
    years = when.year + when.timetuple().tm_yday / 366 - MIDDLE_YEAR
    return (RATE + DRIFT * years) * (1 + school.plan.tilt)


def _timeline(organisation: int, school: BuiltSchool, first_year: int, today: date) -> Iterator[Planned]:
    """From the first year on: assessed, assessed again when the standard is met, and before the term is over."""
    luck = 0.0 if school.plan.short_name == ALL_MEET else chance(organisation, "leader")
    if chance(organisation, "never") < 0.03 and luck:
        return
    day = date(first_year, 1, 4) + timedelta(days=int(chance(organisation, "day") * 60))
    meets = luck < _rate(school, day)
    is_short = False
    while day <= today:
        is_short = not meets
        yield Planned(organisation, school, day, meets)
        term = add_months(day, TITLE_MONTHS - 1)
        if not meets:
            day, meets = _next_try(organisation, school, luck, day, term)
        elif chance(organisation, "late", term.year) < 0.03 and luck:
            # The term runs out and nobody came back yet; some have just handed it in.
            yield from _pending(organisation, school, today) if add_months(term, 1) <= today else ()
            return
        else:
            day = term
    if is_short:
        yield from _pending(organisation, school, today)


def _next_try(organisation: int, school: BuiltSchool, luck: float, day: date, term: date) -> tuple[date, bool]:
    """The month in which the post meets the standard, or the end of the term, still short of it."""
    later = day
    while (later := add_months(later, 3)) < term:
        if luck < _rate(school, later):
            return later + timedelta(days=int(chance(organisation, "again") * 20)), True
    return term, luck < _rate(school, term)


def _pending(organisation: int, school: BuiltSchool, today: date) -> Iterator[Planned]:
    """Of those that are short, some wait for the district, some came back, some are being written."""
    part = chance(organisation, "pending")
    on = today - timedelta(days=3 + int(part * 20))
    if part < 0.55:
        status = (
            AssessmentStatus.SUBMITTED if part < 0.40
            else AssessmentStatus.RETURNED if part < 0.48
            else AssessmentStatus.DRAFT
        )  # fmt: skip
        yield Planned(organisation, school, on, True, status)


def _write_assessments(planned: Sequence[Planned], staff: Staff) -> None:
    standard = Standard.objects.order_by("valid_from")[0]
    ids = take_ids(Assessment, len(planned))
    copy_rows(
        Assessment,
        (
            "id", "status", "lock_version", "organisation_id", "school_id", "standard_id", "assessed_on", "party_kind",
            "party_proof", "work_kind", "work_proof", "valid_to", "ended_on", "saved_by_id", "saved_at",
        ),
        (_row(pk, item, standard, staff) for pk, item in zip(ids, planned, strict=True)),
    )  # fmt: skip
    copy_rows(
        Event,
        (
            "process", "object_id", "action", "source", "target", "version", "actor_id", "comment", "payload",
            "created_at",
        ),
        (event for pk, item in zip(ids, planned, strict=True) for event in _events(pk, item, staff)),
    )  # fmt: skip


def _row(pk: int, item: Planned, standard: Standard, staff: Staff) -> tuple[Any, ...]:
    key = item.organisation
    party = standard.party_kinds[int(chance(key, "party") * len(standard.party_kinds))]
    work = standard.work_kinds[int(chance(key, "work") * len(standard.work_kinds))]
    # Where something is missing it is mostly the professional side.
    lacks_party = not item.meets and chance(key, "lacks") < 0.25
    lacks_work = not item.meets and not lacks_party
    number = 1 + int(chance(key, item.on.year) * 400)
    term = add_months(item.on, standard.term_months) if item.status == AssessmentStatus.CONFIRMED else None
    return (
        pk, item.status, len(_steps(item.status)), key, item.school.pk, standard.pk, item.on,
        "" if lacks_party else party, "" if lacks_party else f"演示文件〔{item.on.year}〕{number}号",
        "" if lacks_work else work, "" if lacks_work else f"演示证书 {item.on.year}-{number:04d}",
        term, None, staff.clerks[item.school.pk], _moment(item.on, 3),
    )  # fmt: skip


def _steps(status: str) -> tuple[tuple[str, str, str], ...]:
    submit = ("submit", AssessmentStatus.DRAFT.value, AssessmentStatus.SUBMITTED.value)
    return {
        AssessmentStatus.DRAFT.value: (),
        AssessmentStatus.SUBMITTED.value: (submit,),
        AssessmentStatus.RETURNED.value: (submit, ("return", AssessmentStatus.SUBMITTED.value, "returned")),
        AssessmentStatus.CONFIRMED.value: (submit, ("confirm", AssessmentStatus.SUBMITTED.value, "confirmed")),
    }[str(status)]


def _events(pk: int, item: Planned, staff: Staff) -> Iterator[tuple[Any, ...]]:
    for version, (action, source, target) in enumerate(_steps(item.status)):
        by_school = action == "submit"
        actor = staff.clerks[item.school.pk] if by_school else staff.reviewers[item.school.district_now]
        comment = "请补齐业务带头的证书编号。" if action == "return" else ""
        when = _moment(item.on + timedelta(days=0 if by_school else 2), 8)
        yield ("leaders.assessment", pk, action, source, target, version, actor, comment, "{}", when)


def _moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 12, tzinfo=UTC)


def _write_plans(planned: Sequence[Planned], staff: Staff, today: date) -> None:
    """A plan for whoever is short today; a few are overdue, as they are."""
    newest = {item.organisation: item for item in planned if item.status == AssessmentStatus.CONFIRMED}
    rows = []
    for key, item in newest.items():
        if item.meets or chance(key, "planned") > 0.92:
            continue
        made = max(item.on, today - timedelta(days=160))
        due = max(today + timedelta(days=int(chance(key, "due") * 200) - 20), made + timedelta(days=30))
        text = MEASURES[int(chance(key, "measures") * len(MEASURES))]
        rows.append((key, item.school.pk, text, due, None, "", staff.clerks[item.school.pk], made))
    copy_rows(
        GapPlan,
        ("organisation_id", "school_id", "measures", "due_on", "closed_on", "outcome", "made_by_id", "made_on"), rows,
    )  # fmt: skip


def _write_titles(
    built: Sequence[BuiltSchool], staff: Staff, hosts: Mapping[int, int], today: date, plan: Mapping[str, Any]
) -> None:
    """City titles: the article's (exactly as many in its districts), and some in the batches before and after."""
    districts = {row.pk: row for row in District.objects.all()}
    kind = DesignationKind.objects.get(code="dual-leader")
    given = list(_article_titles(built, plan))
    taken = {school.pk for school, _batch, _since in given}
    bound = {line["district"] for line in plan.get("article", ()) if "leaders" in line}
    for batch, since, share in BATCHES:
        for school in built:
            if school.pk not in taken and school.plan.district not in bound and chance(school.pk, batch) < share:
                given.append((school, batch, since))
                taken.add(school.pk)
    Designation.objects.bulk_create(
        Designation(
            holder_kind="post", school_id=school.pk, office_id=hosts[school.pk], kind=kind, level="city", batch=batch,
            official_title=f"{batch}{kind.title}", district=districts[school.district_on(since)], source=ARTICLE,
            valid_from=since, valid_to=add_months(since, kind.term_months or TITLE_MONTHS), status="active",
            recorded_by_id=staff.reviewers[school.district_now], check_code=new_check_code(),
        )
        for school, batch, since in given
        if since <= today
    )  # fmt: skip


def _article_titles(built: Sequence[BuiltSchool], plan: Mapping[str, Any]) -> Iterator[tuple[BuiltSchool, str, date]]:
    for line in plan.get("article", ()):
        own = sorted(
            (school for school in built if school.plan.district == line["district"]),
            key=lambda school: -chance(school.pk, "title"),
        )
        for school in own[: line.get("leaders", 0)]:
            yield school, "第二批", ARTICLE_BATCH
    for school in built:
        if batch := NAMED_TITLES.get(school.plan.short_name):
            yield school, batch, ARTICLE_BATCH


def _write_studios(
    built: Sequence[BuiltSchool], staff: Staff, hosts: Mapping[int, int], years: Sequence[int], today: date
) -> None:
    studios = [row for school in built if (row := _studio(school, staff, hosts, years[0], today))]
    ids = take_ids(Studio, len(studios))
    copy_rows(
        Studio,
        (
            "id",
            "name",
            "school_id",
            "host_id",
            "theme",
            "opened_on",
            "closed_on",
            "outcome",
            "made_by_id",
            "level",
            "named_by",
        ),
        ((pk, *row) for pk, row in zip(ids, studios, strict=True)),
    )
    pairs = list(zip(ids, studios, strict=True))
    copy_rows(
        Session, ("studio_id", "held_on", "topic", "mode", "attendance", "recorded_by_id"),
        (session for pk, row in pairs for session in _sessions(pk, row, today)),
    )  # fmt: skip
    copy_rows(
        Pairing,
        (
            "studio_id", "school_id", "mentor_office_id", "mentor_number", "mentee_school_id", "mentee_office_id",
            "mentee_number", "goals", "started_on", "ended_on", "outcome", "made_by_id",
        ),
        (pair for pk, row in pairs for pair in _mentees(pk, row, today)),
    )  # fmt: skip


def _studio(
    school: BuiltSchool, staff: Staff, hosts: Mapping[int, int], first_year: int, today: date
) -> tuple[Any, ...] | None:
    """Name, school, host, theme, opened, closed, outcome, maker, level, document; None for a school without one."""
    is_named = school.plan.short_name == NAMED_STUDIO[0]
    luck = 0.0 if is_named else chance(school.pk, "studio")
    label = school.plan.short_name or school.plan.name
    name = NAMED_STUDIO[1] if is_named else f"{label}书记工作室"
    theme = NAMED_STUDIO[2] if is_named else THEMES[int(chance(school.pk, "theme") * len(THEMES))]
    opened = date(first_year - 1, 11, 1) + timedelta(days=round(luck * 10_000))
    if luck > 0.14 or opened >= today - timedelta(days=30):
        return None
    closed = add_months(opened, 24)
    is_closed = not is_named and chance(school.pk, "closed for good") < 0.12 and closed < today
    outcome = "培养支部书记和党务骨干，形成跟岗培养清单一份。" if is_closed else ""
    return (
        name, school.pk, hosts[school.pk], theme, opened, closed if is_closed else None, outcome,
        staff.clerks[school.pk], "district" if is_named else "school", "公开报道（演示）" if is_named else "",
    )  # fmt: skip


def _sessions(pk: int, studio: tuple[Any, ...], today: date) -> Iterator[tuple[Any, ...]]:
    """About one a month while school is on."""
    _name, school, _host, _theme, opened, closed, _outcome, maker, *_level = studio
    day = opened + timedelta(days=12)
    while day < (closed or today):
        if day.month not in (2, 7, 8) and chance(pk, day, "held") < 0.85:
            topic = TOPICS[int(chance(pk, day, "topic") * len(TOPICS))]
            mode = "mixed" if chance(pk, day, "mode") < 0.2 else "on_site"
            yield (pk, day, topic, mode, 6 + int(chance(pk, day) * 22), maker)
        day += timedelta(days=30 + int(chance(school, day) * 6))


def _mentees(pk: int, studio: tuple[Any, ...], today: date) -> Iterator[tuple[Any, ...]]:
    _name, school, host, _theme, opened, closed, _outcome, maker, *_level = studio
    life = ((closed or today) - opened).days
    # A pair lasts two years; a studio that goes on takes others.
    for number in range(1, 4 + int(chance(pk, "mentees") * 4) + life // 250):
        started = opened + timedelta(days=int((0.05 + 0.9 * chance(number, "begins", pk)) * life))
        ended = add_months(started, 24)
        last = min(ended, closed) if closed else ended
        is_over = last < today
        outcome = "达到带教目标，结业。" if is_over else ""
        goal = GOALS[int(chance(pk, number, "goal") * len(GOALS))]
        yield (pk, school, host, None, school, None, number, goal, started, last if is_over else None, outcome, maker)
