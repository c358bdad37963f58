"""From a topic to its practice: a school, an organisation or a brand where it is applied, behind a title or not."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from portal.workflow.errors import DomainError
from projects.topics.models import Practice, Topic
from projects.topics.selectors.practices import list_at_school
from projects.topics.services.practices import Place, add_practice, end_practice
from schools.showcase.services.brands import remove_brand
from tests.support.city import make_branch
from tests.support.selection import make_kinds, make_round, title_of
from tests.support.topics import Topics, ago, ahead, today

NOTE = "年级组每周一次集体备课，支部领题。"


def add(topics: Topics, topic: Topic, place: Place, *, by: str = "clerk", days: int = 1) -> Practice:
    return add_practice(**topics.by(by), topic_id=topic.pk, place=place, since=ago(days), note=NOTE)


def refused(*args: Any, **given: Any) -> str:
    with pytest.raises(DomainError) as found:
        add(*args, **given)
    return found.value.code


def test_a_topic_is_applied_at_a_school_a_branch_and_a_brand_behind_a_title(topics: Topics) -> None:
    topic, school = topics.funded(), topics.city.one
    branch = make_branch(school)
    make_kinds()
    title = title_of(make_round(topics.city), school)
    add(topics, topic, Place("school", school, designation=title))
    add(topics, topic, Place("organisation", school, branch))
    add(topics, topic, Place("brand", school, brand=topics.brand()))
    # By the city also at another school.
    add(topics, topic, Place("school", topics.city.other), by="city_staff")
    assert [row.place for row in topic.practices.order_by("pk")] == [
        "云台小学", "云台小学党支部", "同心（云台小学）", "聚奎中学",
    ]  # fmt: skip
    assert topic.practices.get(designation=title).kind == "school"
    assert [row.topic_id for row in list_at_school(topics.city.other)] == [topic.pk]


def test_what_is_refused(topics: Topics) -> None:
    topic, school = topics.funded(), topics.city.one
    foreign = make_branch(topics.city.two)
    title = title_of(make_round(topics.city), topics.city.two)
    assert refused(topics, topic, Place("organisation", school)) == "organisation"
    assert refused(topics, topic, Place("organisation", school, foreign)) == "organisation"
    assert refused(topics, topic, Place("brand", school)) == "brand"
    assert refused(topics, topic, Place("brand", school, brand=topics.brand(topics.city.two))) == "brand"
    assert refused(topics, topic, Place("school", school, designation=title)) == "designation"
    assert refused(topics, topic, Place("school", school), days=-1) == "date"
    assert refused(topics, topic, Place("school", school), days=99) == "date"
    for name in ("clerk_two", "reviewer", "other_clerk"):
        assert refused(topics, topic, Place("school", school), by=name) == "forbidden"
    assert refused(topics, topics.registered(title="还没有立项的课题"), Place("school", school)) == "not_funded"
    add(topics, topic, Place("school", school))
    assert refused(topics, topic, Place("school", school)) == "already"


def test_the_database_keeps_units_and_titles_with_their_school(topics: Topics) -> None:
    topic = topics.funded()
    clerk = topics.city.users["clerk"]
    row = {"topic": topic, "school": topics.city.one, "since": today(), "note": NOTE, "saved_by": clerk}
    foreign = make_branch(topics.city.two)
    with pytest.raises(IntegrityError, match="organisation of another school"), transaction.atomic():
        Practice.objects.create(**row, kind="organisation", organisation=foreign)
    title = title_of(make_round(topics.city), topics.city.two)
    with pytest.raises(IntegrityError, match="title of another school"), transaction.atomic():
        Practice.objects.create(**row, kind="school", designation=title)
    brand = topics.brand(topics.city.two)
    with pytest.raises(IntegrityError, match="brand of another school"), transaction.atomic():
        Practice.objects.create(**row, kind="brand", brand=brand)
    with pytest.raises(IntegrityError, match="topics_practice_kind"), transaction.atomic():
        Practice.objects.create(**row, kind="brand")


def test_a_brand_in_which_a_topic_is_applied_is_not_removed(topics: Topics) -> None:
    brand = topics.brand()
    add(topics, topics.funded(), Place("brand", topics.city.one, brand=brand))
    with pytest.raises(DomainError) as found:
        remove_brand(**topics.by("clerk"), brand_id=brand.pk)
    assert found.value.code == "used"


def test_an_application_ends_and_may_begin_again(topics: Topics) -> None:
    topic, school = topics.funded(), topics.city.one
    row = add(topics, topic, Place("school", school), days=3)
    by: dict[str, Any] = {**topics.by("clerk"), "practice_id": row.pk}
    for day in (ago(4), ahead(1)):
        with pytest.raises(DomainError) as found:
            end_practice(**by, ended_on=day)
        assert found.value.code == "date"
    with pytest.raises(DomainError):
        end_practice(**topics.by("clerk_two"), practice_id=row.pk, ended_on=today())
    end_practice(**by, ended_on=ago(1))
    assert end_practice(**by, ended_on=today()).ended_on == ago(1)
    assert list_at_school(school) == []
    add(topics, topic, Place("school", school))
    assert len(list_at_school(school)) == 1
