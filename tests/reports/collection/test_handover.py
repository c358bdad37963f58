"""What a successor sees: open tasks, what came back, deadlines and the year's steps of the office."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from districts.models import Office, Role
from districts.services.offices import hand_over
from portal.accounts.models import User
from reports.collection.models import Return
from reports.collection.selectors.handover import get_handover
from tests.support.city import SmallCity, fill, make_office, open_form, report, submit
from tests.support.scoping import ask_anonymous, ask_everybody


def office_of(city: SmallCity, name: str) -> Office:
    return Office.objects.select_related("unit", "user").get(user=city.users[name], valid_to=None)


def take_over(city: SmallCity, name: str) -> Office:
    return hand_over(
        actor=city.users["district_admin"], scope=city.scope("district_admin"), office_id=office_of(city, name).pk,
        username=f"after-{name}", display_name="教师 0777", on=timezone.localdate(),
    ).office  # fmt: skip


def page_of(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(path).content.decode()


def signed_in_successor(city: SmallCity, name: str) -> tuple[Office, User]:
    office = take_over(city, name)
    User.objects.filter(pk=office.user_id).update(must_change_password=False)
    return office, User.objects.get(pk=office.user_id)


def test_the_clerk_finds_tasks_deadlines_and_the_years_steps(city: SmallCity) -> None:
    report("meeting", "2026Q1", city.one, city.users["clerk"], city.users["reviewer"])
    due = open_form("meeting", "2026Q2", city.one)
    Return.objects.filter(pk=due.pk).update(due_on=timezone.localdate() + timedelta(days=3))
    found = get_handover(office=take_over(city, "clerk"))
    assert [task.record.period.code for task in found.tasks] == ["2026Q2"]
    assert [record.period.code for record in found.upcoming] == ["2026Q2"]
    assert [event.action for event, _record in found.history] == ["approve", "submit"]
    names = [held.user.username for held in found.line]
    assert names[0] == "after-clerk"
    assert "clerk" in names
    assert found.waiting == []


def test_the_reviewer_finds_what_waits(city: SmallCity) -> None:
    record = open_form("meeting", "2026Q1", city.one)
    fill(record, city.users["clerk"])
    submit(record, city.users["clerk"])
    found = get_handover(office=take_over(city, "reviewer"))
    assert [r.pk for r in found.waiting] == [record.pk]
    assert found.tasks == []


def test_nothing_of_another_school(city: SmallCity) -> None:
    open_form("meeting", "2026Q2", city.two)
    report("meeting", "2026Q1", city.other, city.users["other_clerk"], city.users["other_reviewer"])
    found = get_handover(office=office_of(city, "clerk"))
    schools = {
        r.school_id for r in [*found.upcoming, *(t.record for t in found.tasks), *(r for _e, r in found.history)]
    }
    assert schools <= {city.one.pk}


def test_the_workbench_offers_it_to_a_new_holder_only(city: SmallCity) -> None:
    office, user = signed_in_successor(city, "clerk")
    path = f"/returns/handover/{office.pk}/"
    assert path in page_of(user, "/")
    assert "交接清单" in page_of(user, path)
    assert path in page_of(user, "/accounts/me/")
    Office.objects.filter(pk=office.pk).update(valid_from=timezone.localdate() - timedelta(days=60))
    assert path not in page_of(user, "/")


def test_the_holder_and_the_keepers_may_look_nobody_else(city: SmallCity) -> None:
    path = f"/returns/handover/{office_of(city, 'clerk').pk}/"
    answers = {a.relation: a.status for a in ask_everybody(city, path)}
    assert {relation for relation, status in answers.items() if status == 200} == {"own", "parent administrator"}
    assert answers["own secretary"] == answers["parent"] == answers["city"] == 403
    for outsider in ("sibling", "other district", "child of another district"):
        assert answers[outsider] == 404
    for nobody in ("expired office", "no office"):
        assert answers[nobody] == 403
    assert ask_anonymous(path).status_code == 302


def test_two_holders_of_one_role_see_the_same(city: SmallCity) -> None:
    open_form("meeting", "2026Q2", city.one)
    second = make_office(Role.SCHOOL_CLERK, city.one)
    first = get_handover(office=office_of(city, "clerk"))
    again = get_handover(office=Office.objects.select_related("unit", "user").get(pk=second.pk))
    assert [t.record.pk for t in first.tasks] == [t.record.pk for t in again.tasks]
