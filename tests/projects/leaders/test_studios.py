"""Studios that secretaries host, what was held in them, and who leads whom."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from districts.models import Journal, Role, Unit
from portal.workflow.errors import DomainError
from projects.leaders.models import Pairing, Session, Studio
from projects.leaders.people import Person
from projects.leaders.selectors.people import find_person
from projects.leaders.services.pairings import begin_pairing, end_pairing
from projects.leaders.services.studios import close_studio, open_studio, record_session, remove_session
from tests.support.city import make_office
from tests.support.leaders import Leaders, ago, branch_secretary, secretary_office, today


def refused(call: object, *args: object, **given: object) -> DomainError:
    with pytest.raises(DomainError) as error, transaction.atomic():
        call(*args, **given)  # type: ignore[operator]
    return error.value


def record(leaders: Leaders, studio: Studio, day: date, topic: str = "组织生活怎么开", by: str = "clerk") -> Session:
    return record_session(
        **leaders.by(by), studio_id=studio.pk, held_on=day, topic=topic, mode="on_site", attendance=12
    )


def pair(leaders: Leaders, mentee: Person, *, studio: Studio | None = None, on: date | None = None) -> Pairing:
    mentor = Person(leaders.city.one, number=1)
    return begin_pairing(
        **leaders.by("clerk"), mentor=mentor, mentee=mentee, goals="一年内独立主持组织生活会",
        started_on=on or ago(60), studio=studio,
    )  # fmt: skip


def test_the_host_is_a_secretary_in_office_of_the_school(leaders: Leaders) -> None:
    given = {"school": leaders.city.one, "name": "同行书记工作室", "theme": "融合", "opened_on": ago(10)}
    clerk = Unit.objects.get(pk=leaders.city.one.pk).offices.get(role=Role.SCHOOL_CLERK, valid_to=None)
    other = secretary_office(leaders.city.other)
    gone = make_office(
        Role.BRANCH_SECRETARY, Unit.objects.get(pk=leaders.one.pk), since=ago(900), until=ago(5)
    )  # fmt: skip
    for host in (clerk, other, gone):
        assert refused(open_studio, **leaders.by("clerk"), host=host, **given).code == "host"
    assert open_studio(**leaders.by("clerk"), host=branch_secretary(leaders.one), **given).pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Studio.objects.filter(name="同行书记工作室").update(host=clerk)


def test_a_studio_of_the_district_or_the_city_names_its_document(leaders: Leaders) -> None:
    """Row 57 of the article: the register says the level. Nobody raises a studio without saying who named it."""
    given = {
        "school": leaders.city.one, "host": secretary_office(leaders.city.one), "name": "立人书记工作室", "theme": "融合",
        "opened_on": ago(10),
    }  # fmt: skip
    assert refused(open_studio, **leaders.by("clerk"), **given, level="district", named_by=" ").extra["field"] == (
        "named_by"
    )
    row = open_studio(**leaders.by("clerk"), **given, level="district", named_by="巫溪教工委〔2025〕8号")
    assert (row.level, row.named_by) == ("district", "巫溪教工委〔2025〕8号")
    for values in ({"named_by": ""}, {"level": "national"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Studio.objects.filter(pk=row.pk).update(**values)
    client = leaders.city.client("city_staff")
    for query, shown in (("level=district", True), ("level=city", False), ("level=nonsense", True)):
        assert (row.name in client.get(f"/leaders/studios/?{query}").content.decode()) is shown, query
    assert "区县级，巫溪教工委〔2025〕8号" in client.get(f"/leaders/studios/{row.pk}/").content.decode()
    csv = b"".join(client.get("/leaders/studios/?export=csv")).decode("utf-8-sig")  # type: ignore[arg-type]
    assert "立人书记工作室,区县级,巫溪教工委〔2025〕8号" in csv


def test_a_studio_is_opened_by_its_school_once(leaders: Leaders) -> None:
    studio = leaders.studio()
    assert Journal.objects.get(topic="school.leaders").unit_id == leaders.city.one.pk
    given = {"school": leaders.city.one, "host": studio.host, "theme": "融合", "opened_on": ago(10)}
    assert refused(open_studio, **leaders.by("clerk"), name=studio.name, **given).code == "taken"
    assert refused(open_studio, **leaders.by("clerk"), name="另一个工作室", **given).extra["field"] == "host"
    for name in ("clerk_two", "reviewer", "city_admin"):
        assert refused(open_studio, **leaders.by(name), name="丙", **given).status == 403


def test_sessions_lie_between_its_days_and_are_counted_once(leaders: Leaders) -> None:
    studio = leaders.studio(opened_on=ago(50))
    assert refused(record, leaders, studio, ago(51)).code == "date"
    assert refused(record, leaders, studio, ago(-1)).code == "date"
    record(leaders, studio, ago(50))
    assert refused(record, leaders, studio, ago(50)).code == "twice"
    for name in ("clerk_two", "reviewer", "city_staff"):
        assert refused(record, leaders, studio, ago(3), by=name).status == 403
    record(leaders, studio, ago(2), by="secretary")
    remove_session(**leaders.by("clerk"), session_id=Session.objects.latest("held_on").pk)
    assert Session.objects.count() == 1


def test_a_studio_holds_at_most_31_sessions_a_month(leaders: Leaders) -> None:
    first = (today().replace(day=1) - timedelta(days=40)).replace(day=1)
    studio = leaders.studio(opened_on=first - timedelta(days=1))
    for number in range(31):
        record(leaders, studio, first + timedelta(days=number % 28), topic=f"第{number}讲")
    assert refused(record, leaders, studio, first, topic="多出来的一讲").code == "month"
    # Another month has places of its own, and whoever writes past the service meets the database.
    record(leaders, studio, first - timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(held_on__lt=first).update(held_on=first)


def test_closing_ends_what_runs_and_asks_for_the_outcome(leaders: Leaders) -> None:
    studio = leaders.studio()
    record(leaders, studio, ago(20))
    running = pair(leaders, Person(leaders.city.one, number=7), studio=studio)
    by = leaders.by("clerk")
    assert refused(close_studio, **by, studio_id=studio.pk, outcome=" ", on=today()).code == "outcome"
    assert refused(close_studio, **by, studio_id=studio.pk, outcome="好", on=ago(21)).code == "date"
    assert refused(close_studio, **by, studio_id=studio.pk, outcome="好", on=ago(-1)).code == "date"
    close_studio(**by, studio_id=studio.pk, outcome="培养支部书记五名", on=today())
    close_studio(**by, studio_id=studio.pk, outcome="又点一次", on=ago(1))
    studio.refresh_from_db()
    running.refresh_from_db()
    assert (studio.closed_on, studio.outcome, running.ended_on) == (today(), "培养支部书记五名", today())
    assert refused(record, leaders, studio, today(), topic="之后").code == "closed"
    assert refused(pair, leaders, Person(leaders.city.one, number=8), studio=studio).code == "closed"


def test_mentor_and_mentee_are_two_people(leaders: Leaders) -> None:
    studio = leaders.studio()
    host = studio.host
    second_post = branch_secretary(leaders.one, host.user)
    assert refused(pair, leaders, Person(leaders.city.one, host), studio=studio).code == "same"
    assert refused(pair, leaders, Person(leaders.city.one, second_post), studio=studio).code == "same"
    assert refused(pair, leaders, Person(leaders.city.one, number=1)).code == "same"
    # The same number in another school is another teacher.
    assert pair(leaders, Person(leaders.city.two, number=1)).mentee_name == "教师 0001"
    assert pair(leaders, Person(leaders.city.other, secretary_office(leaders.city.other)), studio=studio).pk
    row = Pairing.objects.get(studio=studio)
    for change in ({"mentee_office": host}, {"mentee_number": 3}, {"mentor_number": 3}, {"ended_on": today()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pairing.objects.filter(pk=row.pk).update(**change)


def test_a_pair_is_dated_and_ended_with_what_it_brought(leaders: Leaders) -> None:
    mentee = Person(leaders.city.two, number=4)
    row = pair(leaders, mentee)
    assert refused(pair, leaders, mentee).code == "already"
    assert refused(pair, leaders, Person(leaders.city.two, number=5), on=ago(-1)).code == "date"
    by = leaders.by("clerk")
    assert refused(end_pairing, **by, pairing_id=row.pk, outcome="", on=today()).code == "outcome"
    assert refused(end_pairing, **by, pairing_id=row.pk, outcome="好", on=row.started_on).code == "date"
    assert refused(end_pairing, **leaders.by("clerk_two"), pairing_id=row.pk, outcome="好", on=today()).status == 403
    end_pairing(**by, pairing_id=row.pk, outcome="能独立主持", on=today())
    assert pair(leaders, mentee, on=today()).pk != row.pk


def test_a_mentee_is_found_by_code_never_by_name(leaders: Leaders) -> None:
    office = secretary_office(leaders.city.other)
    assert find_person(code=leaders.city.other.code, number=None).office == office
    assert find_person(code=leaders.city.two.code, number=9) == Person(leaders.city.two, number=9)
    assert refused(find_person, code="聚奎中学", number=None).code == "unit"
    assert refused(find_person, code=leaders.two.code, number=2).code == "unit"
    assert refused(find_person, code=leaders.two.code, number=None).code == "nobody"
    branch = branch_secretary(leaders.two)
    assert find_person(code=leaders.two.code, number=None).office == branch
