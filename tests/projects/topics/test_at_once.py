"""A topic is ended on its page and in the register of titles in the same moment: one of the two does it, nobody waits."""

from collections.abc import Callable
from typing import Any

import pytest

from districts.access import scope_of
from districts.models import Level, Role, Unit
from projects.selection.models import Designation
from projects.selection.services.designations import withdraw_designation
from projects.topics.models import Topic
from projects.topics.services.topics import terminate_topic
from tests.support.city import build_small_city, make_office
from tests.support.concurrency import at_once, refusals, results
from tests.support.topics import Topics, build_topics, fresh

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "人员变动，研究无法继续。"


def _on_the_page(topics: Topics, topic: Topic) -> Callable[[], Any]:
    by = topics.by("city_admin")
    return lambda: terminate_topic(**by, topic_id=topic.pk, lock_version=topic.lock_version, reason=REASON)


def _by_a_paper(topics: Topics, topic: Topic) -> Callable[[], Any]:
    paper = topics.submitted(topic, "closing")
    return lambda: topics.settle(paper, "failed")


def _in_the_register(topics: Topics, topic: Topic) -> Callable[[], Any]:
    other = make_office(Role.CITY_ADMIN, Unit.objects.get(level=Level.CITY)).user
    by, title = {"actor": other, "scope": scope_of(other)}, Designation.objects.get(topic=topic)
    return lambda: withdraw_designation(**by, designation_id=title.pk, lock_version=title.lock_version, reason=REASON)


@pytest.mark.parametrize("other", ["page", "paper"])
def test_one_of_the_two_ends_the_topic(other: str) -> None:
    topics = build_topics(build_small_city())
    for number in range(4):
        name = f"支部建在年级组的实践研究之{number}"
        topic = topics.funded(title=name) if other == "page" else topics.at("midterm", title=name)
        end = _on_the_page(topics, topic) if other == "page" else _by_a_paper(topics, topic)
        answers = at_once(end, _in_the_register(topics, topic))
        assert len(results(answers)) == 1, answers
        assert refusals(answers)[0] in ("stale", "no_transition", "over"), answers
        assert fresh(topic).status in ("terminated", "failed")
        assert Designation.objects.get(topic=topic).status == "withdrawn"
