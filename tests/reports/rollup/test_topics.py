"""C10 and C11 come from topics: a change reaches the cell, a day that passes does too."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from districts.models import Unit
from projects.topics.models import Topic
from projects.topics.services.topics import terminate_topic
from reports.rollup.models import Cell, Fact
from reports.rollup.services.facts import count_again, rewrite_all_facts
from reports.rollup.services.marks import process_marks
from reports.rollup.verify import find_differences
from schools.registry.models import School
from tests.support.city import SmallCity, open_form
from tests.support.standing import standing
from tests.support.topics import Topics, ago, build_topics, fresh

YEAR, BEFORE = "2025", "2024"
THIS = f"{timezone.localdate().year}"


@standing
def topics(city: SmallCity) -> Topics:
    """The annual forms opened, nothing recorded yet."""
    found = build_topics(city)
    for period in sorted({BEFORE, YEAR, THIS}):
        open_form("annual", period, city.one)
    process_marks()
    return found


def value(unit: Unit | School, code: str, period: str = YEAR) -> Decimal | None:
    return Cell.objects.get(unit_id=unit.pk, indicator__code=code, period__code=period, slice="all", boundaries=0).value


def fact(school: School, code: str, period: str = YEAR) -> Decimal:
    return Fact.objects.get(school_id=school.pk, indicator__code=code, period__code=period).value


def city_unit() -> Unit:
    return Unit.objects.get(level="city")


def closed(topic: Topic, due: date, on: date | None) -> None:
    """Moved in time: due and closed on these days."""
    given = {"status": "closed", "closed_on": on, "next_due": None} if on else {}
    Topic.objects.filter(pk=topic.pk).update(due_on=due, **given)
    rewrite_all_facts()
    process_marks()


def test_nothing_recorded_is_nought_of_all_schools_and_no_ratio(topics: Topics) -> None:
    for code in ("C10", "C11N", "C11D"):
        cell = Cell.objects.get(
            unit_id=city_unit().pk, indicator__code=code, period__code=YEAR, slice="all", boundaries=0
        )
        assert (cell.value, cell.reported, cell.expected) == (0, 3, 3), code
    assert value(city_unit(), "C11") is None


def test_a_funded_topic_reaches_district_and_city_through_the_journal(topics: Topics) -> None:
    topics.funded(since=date(2025, 4, 15))
    topics.funded(topics.city.other, since=date(2025, 4, 15))
    assert value(city_unit(), "C10") == 0
    process_marks()
    places = (topics.city.wuxi, topics.city.jiangjin, city_unit())
    assert [value(unit, "C10") for unit in places] == [1, 1, 2]
    assert value(city_unit(), "C10", BEFORE) == 0
    assert list(find_differences()) == []


def test_registered_topics_and_those_of_a_district_do_not_count(topics: Topics) -> None:
    topics.registered()
    topics.funded(topics.city.one, since=date(2025, 4, 15), level="district", title="区县自己立项的课题")
    process_marks()
    assert (value(city_unit(), "C10"), value(city_unit(), "C11D")) == (0, 0)


def test_a_topic_belongs_to_the_year_of_its_call(topics: Topics) -> None:
    topic = topics.funded(since=date(2025, 4, 15))
    Topic.objects.filter(pk=topic.pk).update(year=2024)
    rewrite_all_facts()
    assert (fact(topics.city.one, "C10"), fact(topics.city.one, "C10", BEFORE)) == (0, 1)


def test_a_topic_that_was_ended_was_funded_all_the_same(topics: Topics) -> None:
    topic = topics.funded(since=date(2025, 4, 15))
    terminate_topic(**topics.by("city_admin"), topic_id=topic.pk, lock_version=topic.lock_version, reason="不再研究")
    process_marks()
    assert value(city_unit(), "C10") == 1


def test_a_closing_belongs_to_the_year_of_its_day(topics: Topics) -> None:
    topic = topics.funded(since=date(2023, 4, 15))
    closed(topic, date(2025, 4, 15), None)
    assert [value(city_unit(), c) for c in ("C11D", "C11N", "C11")] == [1, 0, 0]
    # Closed within the year counts, on its last day too, later does not.
    for on, counted in ((date(2025, 12, 31), 1), (date(2026, 1, 1), 0), (date(2024, 12, 1), 1)):
        closed(topic, date(2025, 4, 15), on)
        assert value(city_unit(), "C11N") == counted, on
    assert value(city_unit(), "C11") == 100
    assert value(city_unit(), "C11D", BEFORE) == 0


def test_the_ratio_is_of_all_that_were_due(topics: Topics) -> None:
    first = topics.funded(since=date(2023, 4, 15))
    second = topics.funded(topics.city.two, since=date(2023, 4, 15))
    closed(first, date(2025, 4, 15), date(2025, 4, 1))
    closed(second, date(2025, 4, 15), None)
    assert [value(city_unit(), c) for c in ("C11D", "C11N", "C11")] == [2, 1, 50]
    assert value(topics.city.jiangjin, "C11") is None


def test_an_extension_moves_the_closing_to_another_year(topics: Topics) -> None:
    topic = topics.at("midterm", since=date(2023, 4, 15))
    process_marks()
    assert value(city_unit(), "C11D") == 1
    topics.settled(topic, "extension", "agreed", wanted=date(2026, 4, 15))
    process_marks()
    assert (value(city_unit(), "C11D"), fresh(topic).due_on) == (0, date(2026, 4, 15))


def test_what_ended_before_was_not_due_and_what_failed_was(topics: Topics) -> None:
    topic = topics.funded(since=date(2023, 4, 15))
    for status, ended, counted in (
        ("terminated", date(2025, 4, 14), 0),
        ("terminated", date(2025, 4, 15), 1),
        ("failed", date(2025, 4, 14), 1),
    ):
        Topic.objects.filter(pk=topic.pk).update(
            status=status, ended_on=ended, due_on=date(2025, 4, 15), next_due=None
        )  # fmt: skip
        rewrite_all_facts()
        assert (fact(topics.city.one, "C11D"), fact(topics.city.one, "C11N")) == (counted, 0), (status, ended)


def test_a_closing_reaches_the_cell_at_once(topics: Topics) -> None:
    topic = topics.at("midterm")
    today = timezone.localdate()
    Topic.objects.filter(pk=topic.pk).update(due_on=today, next_due=today)
    rewrite_all_facts()
    process_marks()
    assert [value(city_unit(), c, THIS) for c in ("C11D", "C11N")] == [1, 0]
    topics.settled(topic, "closing", "passed")
    process_marks()
    assert [value(city_unit(), c, THIS) for c in ("C11D", "C11N", "C11")] == [1, 1, 100]


def test_a_day_that_passes_is_counted_at_night(topics: Topics) -> None:
    """Nobody does anything: the closing of a running topic falls due."""
    topic, today = topics.funded(since=ago(200)), timezone.localdate()
    process_marks()
    assert value(city_unit(), "C11D", THIS) == 0
    Topic.objects.filter(pk=topic.pk).update(due_on=today, awarded_on=today - timedelta(days=400))
    process_marks()
    assert value(city_unit(), "C11D", THIS) == 0
    assert count_again(today=today) >= 1
    process_marks()
    assert value(city_unit(), "C11D", THIS) == 1
