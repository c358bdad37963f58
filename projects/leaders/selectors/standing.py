"""Who meets the standard, who does not, who was never assessed: posts, added up by school and district."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.access import Scope, within
from districts.models import District
from projects.leaders.models import Assessment, GapPlan
from projects.leaders.models.assessments import OPEN
from projects.leaders.statements import with_standing
from projects.selection.models import Designation
from schools.party.models import PartyOrganisation
from schools.registry.models import School

MEETS, SHORT, EXPIRED, MISSING = "meets", "short", "expired", "missing"
STATES = {MEETS: _("达标"), SHORT: _("未达标"), EXPIRED: _("到期待复核"), MISSING: _("未认定")}

COUNT = "SELECT school_id, state, count(*) FROM standing GROUP BY school_id, state"
MEETING = """
SELECT s.school_id, d.day, count(*) FILTER (WHERE s.state = 'meets')
FROM standing s JOIN days d ON d.key = s.key GROUP BY s.school_id, d.day"""
DAYS = "SELECT day::date - DATE '2000-01-01' AS key, day::date AS day FROM unnest(%(days)s::date[]) AS day"
ROWS = """
SELECT s.organisation_id, s.state, s.assessment_id, s.title_id
FROM standing s
JOIN districts_unit o ON o.id = s.organisation_id
JOIN districts_unit c ON c.id = s.school_id
JOIN registry_school r ON r.unit_id = s.school_id
JOIN districts_unit d ON d.id = r.district_id
WHERE s.organisation_id = ANY(%(organisations)s) AND (%(state)s = '' OR s.state = %(state)s)
ORDER BY d.code, c.code, o.code"""


@dataclass(slots=True)
class Tally:
    """A unit with its posts by state; `plans` are open ones, `overdue` those past their day."""

    unit: Any
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    plans: int = 0
    overdue: int = 0

    @property
    def posts(self) -> int:
        return sum(self.counts.values())

    @property
    def coverage(self) -> float | None:
        """达标率 in percent; None without posts."""
        return 100 * self.counts[MEETS] / self.posts if self.posts else None

    def add(self, state: str, count: int) -> None:
        self.counts[state] += count


@dataclass(frozen=True, slots=True)
class Post:
    """A secretary's post as it stands: the assessment and title that speak for it, what is open, what is planned."""

    organisation: PartyOrganisation
    state: str
    assessment: Assessment | None = None
    title: Designation | None = None
    pending: Assessment | None = None
    plan: GapPlan | None = None


def list_tallies(*, scope: Scope, on: date, district: str = "", today: date | None = None) -> tuple[Tally, list[Tally]]:
    """The sum, and its parts: schools of the district that is named (by code), else districts; in order of code.

    Five queries whatever the size. Posts in the scope; units without a post are left out.
    """
    organisations = _organisations(scope, {"district": district})
    schools = {
        row.pk: row for row in School.objects.filter(party_organisations__in=organisations).distinct().order_by("code")
    }
    by_school = {pk: Tally(row) for pk, row in schools.items()}
    for pk, state, count in _run(COUNT, on, list(schools)):
        by_school[pk].add(state, count)
    for pk, due_on in GapPlan.objects.filter(school__in=schools, closed_on=None).values_list("school", "due_on"):
        by_school[pk].plans += 1
        by_school[pk].overdue += due_on < (today or on)
    parts = [tally for tally in by_school.values() if tally.posts]
    if not district:
        parts = _by_district(parts)
    return _sum(None, parts), parts


def _by_district(schools: Sequence[Tally]) -> list[Tally]:
    own: dict[int, list[Tally]] = {}
    for tally in schools:
        own.setdefault(tally.unit.district_id, []).append(tally)
    districts = District.objects.filter(pk__in=own).order_by("code")
    return [_sum(district, own[district.pk]) for district in districts]


def _sum(unit: Any, parts: Sequence[Tally]) -> Tally:
    total = Tally(unit, plans=sum(p.plans for p in parts), overdue=sum(p.overdue for p in parts))
    for part in parts:
        for state, count in part.counts.items():
            total.add(state, count)
    return total


def count_meeting(*, schools: Collection[int], days: Collection[date]) -> dict[tuple[int, date], int]:
    """(school, day) → posts that met the standard, the number of L02; a school without any post is not there.

    One query. Without a scope: for rooms above, which show it only to those who see the school.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{with_standing(DAYS)} {MEETING}", {"days": list(days), "schools": list(schools)})
        return {(school, day): count for school, day, count in cursor.fetchall()}


def list_posts(*, scope: Scope, on: date, filters: Mapping[str, str]) -> list[tuple[int, str, int | None, int | None]]:
    """Keys of the posts that the filter leaves, for `describe_posts`: organisation, state, assessment, title.

    `filters`: district, school (codes), state (of STATES), q (name), plan (open, overdue, none), pending (any text).
    """
    organisations = _organisations(scope, filters)
    plans = GapPlan.objects.filter(closed_on=None)
    if filters.get("plan") == "none":
        organisations = organisations.exclude(pk__in=plans.values("organisation"))
    elif filters.get("plan") in ("open", "overdue"):
        late = Q(due_on__lt=on) if filters["plan"] == "overdue" else Q()
        organisations = organisations.filter(pk__in=plans.filter(late).values("organisation"))
    if filters.get("pending"):
        waiting = Assessment.objects.filter(status__in=OPEN)
        organisations = organisations.filter(pk__in=waiting.values("organisation"))
    rows = list(organisations.values_list("pk", "school"))
    state = filters.get("state", "")
    return _run(
        ROWS, on, list({school for _pk, school in rows}), organisations=[pk for pk, _school in rows],
        state=state if state in STATES else "",
    )  # fmt: skip


def describe_posts(keys: Sequence[tuple[int, str, int | None, int | None]]) -> list[Post]:
    """The rows of a page from keys of `list_posts`, with everything that it shows; five queries."""
    ids = [key[0] for key in keys]
    organisations = PartyOrganisation.objects.select_related("school__district").in_bulk(ids)
    assessments = Assessment.objects.in_bulk([key[2] for key in keys if key[2]])
    titles = Designation.objects.select_related("kind").in_bulk([key[3] for key in keys if key[3]])
    pending = {row.organisation_id: row for row in Assessment.objects.filter(organisation__in=ids, status__in=OPEN)}
    plans = {row.organisation_id: row for row in GapPlan.objects.filter(organisation__in=ids, closed_on=None)}
    return [
        Post(
            organisations[pk], state, assessments.get(assessment or 0), titles.get(title or 0), pending.get(pk),
            plans.get(pk),
        )
        for pk, state, assessment, title in keys
    ]  # fmt: skip


def get_post(organisation: PartyOrganisation, *, on: date) -> Post:
    """One post as it stands; `missing` for an organisation that is not in force on the day."""
    keys = _run(ROWS, on, [organisation.school_id], organisations=[organisation.pk], state="")
    return describe_posts(keys or [(organisation.pk, MISSING, None, None)])[0]


def _organisations(scope: Scope, filters: Mapping[str, str]) -> Any:
    rows = within(PartyOrganisation.objects.all(), scope).order_by()
    if filters.get("district"):
        rows = rows.filter(school__district__code=filters["district"])
    if filters.get("school"):
        rows = rows.filter(school__code=filters["school"])
    if text := filters.get("q", "").replace("\x00", "").strip():
        rows = rows.filter(Q(name__icontains=text) | Q(school__name__icontains=text))
    return rows


def _run(select: str, on: date, schools: list[int], **extra: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"{with_standing()} {select}", {"day": on, "schools": schools, **extra})
        return list(cursor.fetchall())
