"""The indicators of 双创建 come from applications and titles: a change reaches the cell, a day that passes does too."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from districts.models import Unit
from projects.selection.models import Application, ApplicationStatus, Designation, Stage, StageKind
from projects.selection.selectors.designations import list_valid
from projects.selection.services import applications, designations
from reports.rollup.models import Cell, Fact
from reports.rollup.services.facts import count_again, rewrite_all_facts
from reports.rollup.services.marks import process_marks
from reports.rollup.verify import find_differences
from schools.registry.models import School
from tests.support.city import SmallCity, open_form
from tests.support.creation import FINDING, Builds, build_builds
from tests.support.selection import accept, hand_in, make_round, recommend, window
from tests.support.standing import standing

A, BEFORE, AFTER = "2025-12-31", "2025-09-30", "2026-03-31"
YEAR = "2025"


@standing
def builds(city: SmallCity) -> Builds:
    """The forms of the end of 2025 opened, and nothing recorded yet."""
    found = build_builds(city)
    for form, period in (("base", BEFORE), ("base", A), ("base", AFTER), ("annual", "2024"), ("annual", YEAR)):
        open_form(form, period, city.one)
    process_marks()
    return found


def value(unit: Unit | School, code: str, period: str = A) -> Decimal | None:
    return Cell.objects.get(unit_id=unit.pk, indicator__code=code, period__code=period, slice="all", boundaries=0).value


def fact(school: School, code: str, period: str) -> Decimal:
    return Fact.objects.get(school_id=school.pk, indicator__code=code, period__code=period).value


def city_unit() -> Unit:
    return Unit.objects.get(level="city")


def test_nothing_recorded_is_nought_of_all_schools_without_a_return(builds: Builds) -> None:
    wanted = [(c, A) for c in ("C05", "C06", "C07")]
    wanted += [(c, YEAR) for c in ("C01", "C02", "C03", "C08N", "C08D", "C09N", "C09D")]
    for code, period in wanted:
        cell = Cell.objects.get(
            unit_id=city_unit().pk, indicator__code=code, period__code=period, slice="all", boundaries=0
        )
        assert (cell.value, cell.reported, cell.expected) == (0, 3, 3), code
    # Nothing was due: no ratio, and not 0 %.
    for code in ("C04", "C08", "C09"):
        assert value(city_unit(), code, YEAR) is None


def test_a_title_reaches_the_cell_through_the_journal_and_the_marks(builds: Builds) -> None:
    builds.give(since=date(2025, 10, 1))
    assert value(builds.city.wuxi, "C05") == 0
    process_marks()
    got = [value(unit, "C05") for unit in (builds.city.wuxi, builds.city.jiangjin, city_unit())]
    assert got == [1, 0, 1]
    assert [value(city_unit(), "C05", p) for p in (BEFORE, A, AFTER)] == [0, 1, 1]
    assert value(city_unit(), "C07") == 0
    assert list(find_differences()) == []


def test_a_title_counts_before_its_last_day_and_not_from_it_on(builds: Builds) -> None:
    build = builds.give(since=date(2025, 9, 1))
    for last, counted in ((date(2025, 12, 31), 0), (date(2026, 1, 1), 1)):
        Designation.objects.filter(pk=build.pk).update(valid_to=last, midterm_due=None)
        rewrite_all_facts()
        process_marks()
        assert [value(city_unit(), "C05", p) for p in (BEFORE, A, AFTER)] == [1, counted, 0]


def test_levels_and_kinds_are_counted_apart(builds: Builds) -> None:
    since = date(2025, 10, 1)
    builds.give(since=since)
    builds.give(since=since, code="dc-demonstration")
    builds.give(since=since, level="district")
    # Two district titles of a school are one school.
    builds.give(since=since, level="district", code="dc-demonstration")
    process_marks()
    assert [value(builds.city.wuxi, c) for c in ("C05", "C06", "C07")] == [1, 1, 1]


def test_a_title_that_is_taken_back_counts_up_to_its_end(builds: Builds) -> None:
    build = builds.give(since=date(2025, 9, 1))
    row = designations.withdraw_designation(
        **builds.by("city_admin"), designation_id=build.pk, lock_version=0, reason="一票否决"
    ).obj
    Designation.objects.filter(pk=row.pk).update(ended_on=date(2026, 2, 1))
    rewrite_all_facts()
    process_marks()
    assert [value(city_unit(), "C05", p) for p in (BEFORE, A, AFTER)] == [1, 1, 0]


def test_the_sql_and_the_register_agree_on_what_is_valid(builds: Builds) -> None:
    """One definition in two languages: every combination of term, end and status."""
    days = (date(2025, 9, 30), date(2025, 10, 1), date(2025, 12, 31), date(2026, 1, 1))
    build = builds.give(since=days[0])
    for status in (
        "cultivating",
        "rectifying",
        "passed_midterm",
        "delayed",
        "accepted",
        "failed",
        "active",
        "withdrawn",
    ):
        for valid_to in (days[2], days[3]):
            for ended_on in (None, days[2], days[3]):
                Designation.objects.filter(pk=build.pk).update(
                    status=status, valid_to=valid_to, ended_on=ended_on, midterm_due=None
                )
                rewrite_all_facts()
                wanted = list_valid(on=date(2025, 12, 31), kind="dc-cultivation", level="city").count()
                assert fact(builds.city.one, "C05", A) == wanted, (status, valid_to, ended_on)


def test_a_midterm_belongs_to_the_year_of_its_day(builds: Builds) -> None:
    build = builds.planned(builds.give(since=date(2024, 6, 1)))
    assert build.midterm_due == date(2025, 6, 1)
    process_marks()
    assert [value(city_unit(), c, YEAR) for c in ("C08D", "C08N", "C08")] == [1, 0, 0]
    designations.pass_midterm(
        **builds.by("city_admin"), designation_id=build.pk, lock_version=build.lock_version, finding=FINDING
    )
    process_marks()
    # Passed today, which is later than 2025: the year keeps its failure.
    assert value(city_unit(), "C08", YEAR) == 0
    Designation.objects.filter(pk=build.pk).update(midterm_passed_on=date(2025, 12, 31))
    rewrite_all_facts()
    process_marks()
    assert [value(city_unit(), c, YEAR) for c in ("C08D", "C08N", "C08")] == [1, 1, 100]
    assert value(city_unit(), "C08D", "2024") == 0


def test_an_acceptance_that_was_put_off_was_due_and_not_passed(builds: Builds) -> None:
    build = builds.give(since=date(2023, 6, 1))
    assert build.valid_to == date(2025, 6, 1)
    Designation.objects.filter(pk=build.pk).update(midterm_passed_on=date(2024, 6, 1), status="passed_midterm")
    later = timezone.localdate() + timedelta(days=400)
    designations.delay_acceptance(
        **builds.by("city_admin"), designation_id=build.pk, lock_version=0, finding="成果不足", until=later
    )
    process_marks()
    assert [value(city_unit(), c, YEAR) for c in ("C09D", "C09N", "C09")] == [1, 0, 0]
    designations.accept_designation(**builds.by("city_admin"), designation_id=build.pk, lock_version=1, finding=FINDING)
    Designation.objects.filter(pk=build.pk).update(valid_to=date(2025, 9, 1), ended_on=date(2025, 9, 1))
    rewrite_all_facts()
    process_marks()
    assert [value(city_unit(), c, YEAR) for c in ("C09D", "C09N")] == [1, 1]


def test_a_title_that_was_taken_back_before_is_not_due(builds: Builds) -> None:
    build = builds.give(since=date(2024, 6, 1))
    Designation.objects.filter(pk=build.pk).update(status="withdrawn", ended_on=date(2025, 3, 1))
    rewrite_all_facts()
    assert fact(builds.city.one, "C08D", YEAR) == 0


def test_applications_belong_to_the_year_of_their_round(builds: Builds) -> None:
    contest = make_round(builds.city)
    case = hand_in(contest, builds.city.one)
    code = f"{timezone.localtime(contest.round.stages.get(kind=StageKind.APPLICATION).opens_at).year}"
    open_form("annual", code, builds.city.one)
    process_marks()
    assert [fact(builds.city.one, c, code) for c in ("C01", "C02", "C03")] == [1, 0, 0]
    assert fact(builds.city.two, "C01", code) == 0
    assert fact(builds.city.one, "C01", YEAR) == 0
    accept(contest, case)
    process_marks()
    assert fact(builds.city.one, "C02", code) == 0
    begin, end = window()
    Stage.objects.filter(round=contest.round, kind=StageKind.RECOMMENDATION).update(opens_at=begin, closes_at=end)
    recommend(contest, builds.city.wuxi, [case])
    process_marks()
    assert [fact(builds.city.one, c, code) for c in ("C01", "C02", "C03")] == [1, 1, 0]
    Application.objects.filter(pk=case.pk).update(status=ApplicationStatus.ANNOUNCED)
    rewrite_all_facts()
    process_marks()
    assert [fact(builds.city.one, c, code) for c in ("C01", "C02", "C03")] == [1, 1, 1]
    assert value(city_unit(), "C04", code) == 100
    Stage.objects.filter(round=contest.round, kind=StageKind.APPLICATION).update(
        opens_at="2025-03-01T00:00+08:00", closes_at="2025-04-01T00:00+08:00"
    )
    rewrite_all_facts()
    assert (fact(builds.city.one, "C01", YEAR), fact(builds.city.one, "C01", code)) == (1, 0)


def test_who_withdraws_did_not_apply(builds: Builds) -> None:
    contest = make_round(builds.city)
    case = hand_in(contest, builds.city.one)
    code = f"{timezone.localtime(contest.round.stages.get(kind=StageKind.APPLICATION).opens_at).year}"
    open_form("annual", code, builds.city.one)
    process_marks()
    assert fact(builds.city.one, "C01", code) == 1
    case.refresh_from_db()
    applications.withdraw_application(
        **builds.by("secretary"), application_id=case.pk, lock_version=case.lock_version, reason="学校合并"
    )
    process_marks()
    assert fact(builds.city.one, "C01", code) == 0


def test_a_day_that_passes_is_counted_at_night(builds: Builds) -> None:
    """Nobody does anything: the check of a running year falls due."""
    build = builds.give(since=timezone.localdate() - timedelta(days=200))
    code = f"{timezone.localdate().year}"
    open_form("annual", code, builds.city.one)
    process_marks()
    assert value(city_unit(), "C08D", code) == 0
    today = timezone.localdate()
    Designation.objects.filter(pk=build.pk).update(midterm_due=today)
    process_marks()
    assert value(city_unit(), "C08D", code) == 0
    assert count_again(today=today) >= 1
    process_marks()
    assert value(city_unit(), "C08D", code) == 1
    # Again changes nothing, and a day long after the year leaves it alone.
    assert count_again(today=today) >= 1
    process_marks()
    assert value(city_unit(), "C08D", code) == 1
    assert count_again(today=date(2031, 6, 1)) == 0
