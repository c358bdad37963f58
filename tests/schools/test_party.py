"""The Party organisation tree of a school: numbers, never names."""

import re
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.http.response import HttpResponseBase
from django.test import Client

from districts.models import Role
from portal.workflow.errors import DomainError
from schools.party.checks import check_setup
from schools.party.models import PartyOrganisation
from schools.party.selectors import list_tree
from schools.party.services import change_organisation, dissolve_organisation, set_up_organisation
from tests.support.city import SmallCity, make_branch, make_office, make_school
from tests.support.scoping import INSIDE_SCHOOL, ask_everybody

SINCE = date(2020, 9, 1)


def _set_up(city: SmallCity, by: str, **details: object) -> PartyOrganisation:
    given = {"school": city.one, "name": "云台小学党总支", "kind": "general_branch", "since": SINCE, **details}
    return set_up_organisation(actor=city.users[by], scope=city.scope(by), **given)


def test_members_add_up_along_the_tree(city: SmallCity) -> None:
    top = _set_up(city, "secretary")
    for number, members in enumerate((12, 9), 1):
        _set_up(city, "clerk", name=f"第{number}党支部", kind="branch", parent=top, full_members=members)
    nodes = list_tree(scope=city.scope("secretary"), school=city.one)
    assert [(n.organisation.name, n.depth, n.full) for n in nodes] == [
        ("云台小学党总支", 0, 21), ("第1党支部", 1, 12), ("第2党支部", 1, 9),
    ]  # fmt: skip


@pytest.mark.parametrize("by", ["clerk_two", "reviewer", "other_clerk", "nobody", "inspector"])
def test_strangers_do_not_touch_it(city: SmallCity, by: str) -> None:
    with pytest.raises(DomainError) as refusal:
        _set_up(city, by)
    assert refusal.value.code == "forbidden"


def test_nothing_stands_below_a_branch_or_in_another_school(city: SmallCity) -> None:
    branch, foreign = make_branch(city.one), make_branch(city.two)
    for parent, code in ((branch, "branch_parent"), (foreign, "other_school")):
        with pytest.raises(DomainError) as refusal:
            _set_up(city, "secretary", kind="branch", parent=parent)
        assert refusal.value.code == code


def test_no_organisation_stands_below_itself(city: SmallCity) -> None:
    top = _set_up(city, "secretary")
    below = _set_up(city, "secretary", name="下级总支", parent=top)
    with pytest.raises(DomainError) as refusal:
        change_organisation(
            actor=city.users["secretary"], scope=city.scope("secretary"), organisation_id=top.pk, parent=below
        )
    assert refusal.value.code == "cycle"


def test_what_has_children_is_not_dissolved(city: SmallCity) -> None:
    top = _set_up(city, "secretary")
    below = _set_up(city, "secretary", name="第一党支部", kind="branch", parent=top)
    given = {"actor": city.users["secretary"], "scope": city.scope("secretary"), "on": date(2026, 1, 1)}
    with pytest.raises(DomainError, match="下级"):
        dissolve_organisation(organisation_id=top.pk, **given)
    dissolve_organisation(organisation_id=below.pk, **given)
    dissolve_organisation(organisation_id=top.pk, **given)
    assert list_tree(scope=city.scope("secretary"), school=city.one) == []


def test_pages(city: SmallCity) -> None:
    make_branch(city.one, members=31)
    client = Client()
    client.force_login(city.users["clerk"])
    assert ">31<" in client.get(f"/party/{city.one.code}/").content.decode()
    assert client.get(f"/party/{city.two.code}/").status_code == 404
    done = client.post(
        f"/party/{city.one.code}/add/",
        {
            "name": "第二党支部",
            "kind": "branch",
            "full_members": "4",
            "probationary_members": "1",
            "since": "2024-01-01",
        },
        follow=True,
    )
    assert "第二党支部" in done.content.decode()
    refused = client.post(
        f"/party/{city.one.code}/add/", {"name": "第三党支部", "kind": "branch", "full_members": "-1"}
    )
    assert refused.status_code == 422
    assert 'value="第三党支部"' in refused.content.decode()
    client.force_login(city.users["reviewer"])
    assert client.get(f"/party/{city.one.code}/add/").status_code == 403


def _rules(city: SmallCity) -> list[str]:
    return [
        f.rule for f in check_setup(city.one, list_tree(scope=city.scope("secretary"), school=city.one), members=True)
    ]


def test_the_database_itself_refuses_a_circle(city: SmallCity) -> None:
    top = _set_up(city, "secretary")
    below = _set_up(city, "secretary", name="下级总支", parent=top)
    with pytest.raises(IntegrityError, match="below itself"), transaction.atomic():
        PartyOrganisation.objects.filter(pk=top.pk).update(parent=below)


def test_a_branch_stands_under_any_higher_node_or_alone(city: SmallCity) -> None:
    committee = _set_up(city, "secretary", name="党委", kind="committee")
    general = _set_up(city, "secretary", name="党总支", parent=committee)
    for number, parent in enumerate((committee, general, None)):
        assert _set_up(city, "secretary", name=f"支部{number}", kind="branch", parent=parent).parent == parent


def test_what_has_organisations_below_does_not_become_a_branch(city: SmallCity) -> None:
    top = _set_up(city, "secretary")
    _set_up(city, "secretary", name="第一党支部", kind="branch", parent=top)
    with pytest.raises(DomainError) as refusal:
        change_organisation(
            actor=city.users["secretary"], scope=city.scope("secretary"), organisation_id=top.pk, kind="branch"
        )
    assert refusal.value.code == "has_children"


@pytest.mark.parametrize(
    ("members", "expected"), [(2, ["ORG-2"]), (3, []), (50, []), (51, ["ORG-4", "ORG-3"]), (101, ["ORG-4", "ORG-3"])]
)
def test_the_size_of_a_branch_is_remarked(city: SmallCity, members: int, expected: list[str]) -> None:
    make_branch(city.one, members=members)
    assert _rules(city) == expected


def test_enough_members_need_a_branch_of_their_own(city: SmallCity) -> None:
    _set_up(city, "secretary", kind="joint_branch", name="联合党支部", full_members=3)
    assert _rules(city) == ["ORG-1"]


def test_a_joint_branch_serves_few_schools_of_its_district(city: SmallCity) -> None:
    others = [make_school(f"50023811{n:02d}", f"村小{n}", city.wuxi) for n in range(5)]
    joint = _set_up(city, "secretary", kind="joint_branch", name="联合党支部", full_members=2, also_serves=others)
    assert joint.also_serves.count() == 5
    assert _rules(city) == ["ORG-2"], "six units, at most five are usual"
    with pytest.raises(DomainError) as refusal:
        _set_up(city, "secretary", kind="branch", name="党支部", also_serves=others)
    assert refusal.value.code == "not_joint"
    client = Client()
    client.force_login(city.users["district_admin"])
    assert "设在 云台小学" in client.get(f"/party/{others[0].code}/").content.decode()


def test_a_term_that_ran_out_is_remarked_with_its_basis(city: SmallCity) -> None:
    _set_up(
        city, "secretary", kind="branch", name="党支部", full_members=9, term_start=date(2020, 1, 1),
        term_end=date(2023, 1, 1),
    )  # fmt: skip
    client = Client()
    client.force_login(city.users["secretary"])
    text = client.get(f"/party/{city.one.code}/").content.decode()
    assert "任期已于 2023年1月1日 届满" in text
    assert "基层组织选举工作条例" in text


@pytest.mark.parametrize("page", ["", "?export=csv", "?export=xlsx", "add/"])
def test_who_may_open_the_pages(city: SmallCity, page: str) -> None:
    answers = {a.relation: a.status for a in ask_everybody(city, f"/party/{city.one.code}/{page}")}
    seen = {relation for relation, status in answers.items() if status == 200}
    assert seen == ({"own", "own secretary", "parent administrator"} if page == "add/" else INSIDE_SCHOOL)
    assert answers["sibling"] == answers["other district"] == 404


CITY = ("city_admin", "city_staff", "inspector")


@pytest.mark.parametrize("name", CITY)
@pytest.mark.parametrize("page", ["/party/{}/", "/party/{}/?export=csv", "/schools/{}/"])
def test_the_city_reads_no_members_of_a_single_school(city: SmallCity, name: str, page: str) -> None:
    make_branch(city.one, members=147)
    path = page.format(city.one.code)
    shown = {who: _text(city.client(who).get(path)) for who in ("clerk", "reviewer", name)}
    assert _reads(shown["clerk"], 147)
    assert _reads(shown["reviewer"], 147)
    assert not _reads(shown[name], 147)
    assert "云台小学党支部" in shown[name]


@pytest.mark.parametrize("members", [2, 51, 101])
def test_no_remark_on_the_size_tells_the_city_what_it_does_not_read(city: SmallCity, members: int) -> None:
    make_branch(city.one, members=members)
    path = f"/party/{city.one.code}/"
    assert "组织设置提示" in _text(city.client("secretary").get(path))
    assert "组织设置提示" not in _text(city.client("city_admin").get(path))


def test_an_office_in_the_district_lifts_no_veil_for_whoever_sees_the_city(city: SmallCity) -> None:
    make_branch(city.one, members=147)
    make_office(Role.DISTRICT_REVIEWER, city.wuxi, city.users["city_staff"])
    assert not _reads(_text(city.client("city_staff").get(f"/party/{city.one.code}/")), 147)


def test_the_city_changes_an_organisation_without_seeing_or_touching_its_members(city: SmallCity) -> None:
    branch = make_branch(city.one, members=147)
    PartyOrganisation.objects.filter(pk=branch.pk).update(counted_on=date(2025, 12, 31))
    client, path = city.client("city_admin"), f"/party/{city.one.code}/{branch.code}/change/"
    page = _text(client.get(path))
    assert not _reads(page, 147)
    assert "full_members" not in page
    given = {"name": "云台小学支部委员会", "kind": "branch", "full_members": "5", "probationary_members": "1"}
    assert client.post(path, given).status_code == 302
    branch.refresh_from_db()
    assert (branch.name, branch.full_members, branch.counted_on) == ("云台小学支部委员会", 147, date(2025, 12, 31))


def test_the_record_of_changes_tells_the_city_that_and_not_how_many(city: SmallCity) -> None:
    branch = make_branch(city.one, members=147)
    change_organisation(
        actor=city.users["secretary"], scope=city.scope("secretary"), organisation_id=branch.pk,
        full_members=146, probationary_members=0,
    )  # fmt: skip
    for path in (
        "/units/changes/?subject=party.partyorganisation",
        "/units/changes/?subject=party.partyorganisation&export=csv",
    ):
        shown = {who: _text(city.client(who).get(path)) for who in ("district_admin", "city_admin")}
        assert _reads(shown["district_admin"], 146)
        assert not _reads(shown["city_admin"].replace(branch.code, ""), 146)
        assert not _reads(shown["city_admin"], 147)
        assert "只在区县内可见" in shown["city_admin"]


def _reads(page: str, number: int) -> bool:
    """Whether somebody who looks at the page reads the number: keys in addresses are not looked at."""
    return re.search(rf"(?<!\d){number}(?!\d)", re.sub(r"<[^>]+>", " ", page)) is not None


def _text(response: HttpResponseBase) -> str:
    content = b"".join(response) if response.streaming else response.content
    return content.decode("utf-8-sig")
