"""The indicators of 双带头人 come from the records: a change reaches the cell, the counter-case does not."""

from datetime import date, timedelta
from decimal import Decimal

from districts.models import Journal, Unit
from projects.leaders.models import Pairing
from projects.leaders.people import Person
from projects.leaders.selectors.standing import list_tallies
from projects.leaders.services import assessments
from projects.leaders.services.pairings import begin_pairing, end_pairing
from projects.leaders.services.studios import close_studio, open_studio, record_session, remove_session
from projects.programmes.services import load_programmes
from projects.selection.models import Designation, DesignationKind
from projects.selection.services import designations
from projects.selection.services.kinds import load_kinds
from reports.indicators.models import Indicator, Period
from reports.rollup.models import Cell, Fact, StaleMark
from reports.rollup.services.facts import rewrite_all_facts
from reports.rollup.services.marks import drain_journal, process_marks
from reports.rollup.verify import find_differences
from schools.registry.models import School
from tests.support.city import SmallCity, open_form, report
from tests.support.leaders import NOTHING, Leaders, build_leaders, secretary_office, today
from tests.support.standing import standing

THEN = date(2025, 12, 31)
A, TERM = "2025-12-31", "2025T2"


@standing
def leaders(city: SmallCity) -> Leaders:
    """A branch in each school, the forms of the end of 2025 opened, and nothing recorded yet."""
    found = build_leaders(city)
    for form, period in (("base", A), ("ledger", A), ("term", TERM)):
        open_form(form, period, city.one)
    process_marks()
    return found


def value(unit: Unit | School, code: str, period: str = A) -> Decimal | None:
    return Cell.objects.get(unit_id=unit.pk, indicator__code=code, period__code=period, slice="all", boundaries=0).value


def fact(school: School, code: str, period: str = A) -> Decimal:
    return Fact.objects.get(school_id=school.pk, indicator__code=code, period__code=period).value


def city_unit() -> Unit:
    return Unit.objects.get(level="city")


def test_nothing_recorded_is_nought_of_all_schools_without_a_return(leaders: Leaders) -> None:
    for code, period in (("L02", A), ("L04", A), ("L05", A), ("L06", TERM), ("L07", A)):
        cell = Cell.objects.get(
            unit_id=city_unit().pk, indicator__code=code, period__code=period, slice="all", boundaries=0
        )
        assert (cell.value, cell.reported, cell.expected) == (0, 3, 3), code


def test_a_school_without_an_organisation_has_no_figure(city: SmallCity) -> None:
    open_form("base", A, city.one)
    assert not Fact.objects.filter(indicator__code="L02").exists()
    assert Fact.objects.filter(indicator__code="L04").count() == 3


def test_a_confirmed_assessment_reaches_the_cell_through_the_marks(leaders: Leaders) -> None:
    leaders.submitted(on=THEN - timedelta(days=9))
    process_marks()
    assert value(leaders.city.wuxi, "L02") == 0
    row = leaders.one.assessments.get()
    assessments.confirm_assessments(**leaders.by("reviewer"), versions={row.pk: row.lock_version})
    assert value(leaders.city.wuxi, "L02") == 0
    process_marks()
    assert (value(leaders.city.wuxi, "L02"), value(leaders.city.jiangjin, "L02"), value(city_unit(), "L02")) == (
        1,
        0,
        1,
    )
    assert list(find_differences()) == []


def test_a_record_marks_what_follows_from_it_and_nothing_else(leaders: Leaders) -> None:
    open_form("base", "2025-09-30", leaders.city.one)
    leaders.confirmed(on=date(2025, 10, 1))
    process_marks()
    assert Fact.objects.filter(period__code="2025-09-30", school_id=leaders.city.one.pk).exists()
    school = leaders.city.one
    open_studio(
        **leaders.by("clerk"), school=school, host=secretary_office(school), name="立人书记工作室", theme="融合",
        opened_on=date(2025, 10, 9),
    )  # fmt: skip
    drain_journal()
    studios = Indicator.objects.get(code="L05").pk
    marks = list(StaleMark.objects.values_list("period__code", "school", "indicators", "direct"))
    assert {period for period, *_rest in marks} >= {A, "2025"}
    assert "2025-09-30" not in {period for period, *_rest in marks}, "the day before there was none"
    assert all(tuple(rest) == (school.pk, [studios], False) for _period, *rest in marks)
    process_marks()
    assert list(find_differences()) == []


def test_a_note_after_which_everything_stands_as_before_marks_nothing(leaders: Leaders) -> None:
    Journal.objects.create(topic="school.leaders", unit_id=leaders.city.one.pk)
    assert drain_journal() == 1
    assert not StaleMark.objects.exists()
    Journal.objects.create(topic="school.changed", unit_id=leaders.city.one.pk)
    drain_journal()
    assert StaleMark.objects.filter(school=None, period__code=A).exists(), "what a school is may touch every figure"


def test_it_counts_in_the_periods_of_its_term_only(leaders: Leaders) -> None:
    for day in ("2025-09-30", "2026-03-31"):
        open_form("base", day, leaders.city.one)
    leaders.confirmed(on=date(2025, 10, 1))
    process_marks()
    assert [value(city_unit(), "L02", p) for p in ("2025-09-30", A, "2026-03-31")] == [0, 1, 1]
    row = leaders.one.assessments.get()
    assessments.end_assessment(
        **leaders.by("reviewer"), assessment_id=row.pk, lock_version=row.lock_version, reason="书记换任"
    )
    process_marks()
    # What had counted before the end still does.
    assert [value(city_unit(), "L02", p) for p in ("2025-09-30", A, "2026-03-31")] == [0, 1, 1]


def test_short_and_expired_ones_do_not_count(leaders: Leaders) -> None:
    leaders.confirmed(on=THEN - timedelta(days=40), work=NOTHING)
    leaders.confirmed(leaders.two, by="clerk_two", on=date(2022, 12, 31))
    process_marks()
    assert value(city_unit(), "L02") == 0


def test_the_page_and_the_cell_show_the_same(leaders: Leaders) -> None:
    leaders.confirmed(on=THEN - timedelta(days=40))
    leaders.confirmed(leaders.two, by="clerk_two", on=date(2022, 12, 31))
    leaders.confirmed(leaders.other, by="other_clerk", on=THEN)
    process_marks()
    total, parts = list_tallies(scope=leaders.city.scope("city_staff"), on=THEN)
    assert total.counts["meets"] == value(city_unit(), "L02") == 2
    assert {part.unit.pk: part.counts["meets"] for part in parts} == {
        unit.pk: value(unit, "L02") for unit in (leaders.city.wuxi, leaders.city.jiangjin)
    }


def test_the_coverage_is_the_records_over_the_reported_secretaries(leaders: Leaders) -> None:
    users = leaders.city.users
    leaders.confirmed(on=THEN - timedelta(days=40))
    report("base", A, leaders.city.one, users["clerk"], users["reviewer"], X03=50, L01=2)
    process_marks()
    cell = Cell.objects.get(
        unit_id=leaders.city.wuxi.pk, indicator__code="L03", period__code=A, slice="all", boundaries=0
    )
    assert (cell.numerator, cell.denominator, cell.value) == (1, 2, 50)
    assert cell.reported == 1


def entitled(leaders: Leaders, *, level: str = "city", since: date = date(2025, 11, 1)) -> Designation:
    if not DesignationKind.objects.exists():
        load_programmes()
        load_kinds()
    keeper = "city_admin" if level == "city" else "district_admin"
    row = Designation(holder_kind="post", school=leaders.city.one, office=secretary_office(leaders.city.one))
    return designations.record_designation(
        **leaders.by(keeper), holder=row, kind=DesignationKind.objects.get(code="dual-leader"), level=level,
        batch="首批", official_title="首批双带头人", source="文件", valid_from=since,
    )  # fmt: skip


def test_a_city_title_counts_while_it_is_valid_and_meets_the_standard_too(leaders: Leaders) -> None:
    row = entitled(leaders)
    process_marks()
    assert (value(leaders.city.wuxi, "L04"), value(leaders.city.wuxi, "L02")) == (1, 1)
    open_form("ledger", "2026-06-30", leaders.city.one)
    designations.withdraw_designation(**leaders.by("city_admin"), designation_id=row.pk, lock_version=0, reason="退休")
    Designation.objects.filter(pk=row.pk).update(ended_on=date(2026, 3, 1))
    process_marks()
    assert (value(city_unit(), "L04"), value(city_unit(), "L04", "2026-06-30")) == (1, 0)


def test_a_title_of_a_district_or_of_later_is_no_city_title_of_the_period(leaders: Leaders) -> None:
    entitled(leaders, level="district")
    entitled(leaders, since=date(2026, 1, 1))
    process_marks()
    assert (value(city_unit(), "L04"), value(city_unit(), "L02")) == (0, 1)


def test_studios_and_sessions_are_counted_by_their_days(leaders: Leaders) -> None:
    studio = leaders.studio(opened_on=date(2025, 9, 10))
    term = Period.objects.get(code=TERM)
    by = leaders.by("clerk")
    held = {"studio_id": studio.pk, "mode": "on_site", "attendance": 8}
    first = record_session(**by, held_on=date(2025, 9, 12), topic="一", **held)
    record_session(**by, held_on=term.end, topic="二", **held)
    record_session(**by, held_on=term.end + timedelta(days=1), topic="三", **held)
    process_marks()
    assert (value(city_unit(), "L05"), value(leaders.city.wuxi, "L06", TERM)) == (1, 2)
    remove_session(**by, session_id=first.pk)
    close_studio(**by, studio_id=studio.pk, outcome="培养五人", on=today())
    process_marks()
    assert (value(city_unit(), "L05"), value(city_unit(), "L06", TERM)) == (1, 1)


def test_who_learns_with_two_hosts_is_one_person_above_them(leaders: Leaders) -> None:
    one = leaders.studio(opened_on=date(2025, 9, 10))
    by_two = leaders.by("clerk_two")
    two = open_studio(
        **by_two, school=leaders.city.two, host=secretary_office(leaders.city.two), name="同行书记工作室", theme="融合",
        opened_on=date(2025, 9, 10),
    )  # fmt: skip
    learner = secretary_office(leaders.city.other)
    for by, studio in ((leaders.by("clerk"), one), (by_two, two)):
        host = Person(studio.school, office=studio.host)
        for mentee in (Person(leaders.city.other, learner), Person(studio.school, number=5)):
            begin_pairing(
                **by,
                mentor=host,
                mentee=mentee,
                goals="独立主持组织生活会",
                started_on=date(2025, 10, 1),
                studio=studio,
            )
    # A pair outside the studios is no mentee of a studio.
    begin_pairing(
        **by_two, mentor=Person(leaders.city.two, number=1), mentee=Person(leaders.city.two, number=2),
        goals="独立上公开课", started_on=date(2025, 10, 1),
    )  # fmt: skip
    process_marks()
    assert (fact(leaders.city.one, "L07"), fact(leaders.city.two, "L07"), fact(leaders.city.other, "L07")) == (2, 2, 0)
    assert (value(leaders.city.wuxi, "L07"), value(city_unit(), "L07")) == (3, 3)
    for pair in Pairing.objects.filter(studio=two):
        end_pairing(**by_two, pairing_id=pair.pk, outcome="结业", on=date(2025, 12, 1))
    process_marks()
    assert value(city_unit(), "L07") == 2
    assert list(find_differences()) == []


def test_all_facts_anew_are_the_facts_that_were_there(leaders: Leaders) -> None:
    leaders.confirmed(on=THEN - timedelta(days=40))
    leaders.studio(opened_on=date(2025, 9, 10))
    process_marks()

    def facts() -> set[tuple[object, ...]]:
        own = Fact.objects.filter(indicator__code__startswith="L")
        return set(own.values_list("school_id", "period_id", "indicator_id", "value", "approved_at"))

    before = facts()
    rewrite_all_facts()
    assert facts() == before
