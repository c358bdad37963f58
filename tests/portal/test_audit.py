"""Who changed what, when, from what to what: seen by the database, whoever writes."""

from datetime import date

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Field
from django.test import Client
from django.test.utils import CaptureQueriesContext

from districts.models import Office
from districts.services.offices import create_token
from portal.accounts.models import User
from portal.audit.models import Change, ChangeKind
from portal.audit.naming import subjects
from portal.audit.selectors import describe
from portal.audit.services import suspend_audit
from portal.audit.words import QUIET, choices_of, column_of
from reports.collection.models import Form, Return
from reports.demo.copying import copy_rows
from schools.registry.models import Campus, School
from tests.support.city import SmallCity, fill, make_user, open_form, submit
from tests.support.scoping import ask_anonymous, ask_everybody


def changes(subject: str, **lookup: object) -> list[dict[str, list[object]]]:
    return [c.changes for c in Change.objects.filter(subject=subject, **lookup).order_by("id")]


def _whole_number_cell(record: Return) -> str:
    return record.form.fields.filter(indicator__value_type="int").values_list("indicator__code", flat=True)[0]


def test_a_page_leaves_person_office_and_address(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["district_admin"])
    given = {
        "name": "云台小学", "kind": "primary", "ownership": "private", "area_type": "town",
        "location_district": city.wuxi.pk,
    }  # fmt: skip
    assert client.post(f"/schools/{city.one.code}/change/", given).status_code == 302
    change = Change.objects.filter(subject="registry.school", kind="u").get()
    assert change.changes == {"ownership": ["public", "private"]}
    assert (change.unit_id, change.actor_id) == (city.one.pk, city.users["district_admin"].pk)
    assert change.context is not None
    assert change.context.metadata["url"] == f"/schools/{city.one.code}/change/"
    assert change.context.metadata["who"]["office"] == "巫溪 区县管理员"


def test_the_api_names_the_holder_of_the_token(city: SmallCity) -> None:
    record, clerk = open_form("meeting", "2026Q1", city.one), city.users["clerk"]
    fill(record, clerk)
    office = Office.objects.get(user=clerk, valid_to=None)
    token = create_token(actor=clerk, scope=city.scope("clerk"), office_id=office.pk, name="脚本")
    code = _whole_number_cell(record)
    response = Client().patch(
        f"/api/v1/returns/{record.pk}/", {"values": {code: 9}}, content_type="application/json",
        headers={"Authorization": f"Token {token}"},
    )  # fmt: skip
    assert response.status_code == 200, response.content
    change = Change.objects.filter(subject="collection.value").latest("id")
    assert change.actor_id == clerk.pk
    assert change.context is not None
    assert change.context.metadata["who"]["login"] == "clerk"


def test_a_bulk_update_is_seen_row_by_row(city: SmallCity) -> None:
    School.objects.filter(district=city.wuxi).update(town="城厢镇")
    rows = Change.objects.filter(subject="registry.school", kind="u")
    assert {row.unit_id for row in rows} == {city.one.pk, city.two.pk}
    assert {str(row.changes) for row in rows} == {"{'town': ['', '城厢镇']}"}
    assert {row.actor_id for row in rows} == {None}, "nobody was signed in"


def test_copy_is_seen(city: SmallCity) -> None:
    columns = ("school_id", "name", "address", "is_main")
    copy_rows(Campus, columns, [(city.one.pk, f"{n}校区", "", False) for n in range(3)])
    assert [c["name"] for c in changes("registry.campus", kind="i")][-3:] == [[None, f"{n}校区"] for n in range(3)]


def test_an_update_that_changes_nothing_leaves_nothing(city: SmallCity) -> None:
    before = Change.objects.count()
    city.one.save()
    assert Change.objects.count() == before


def test_a_removed_row_is_kept_in_the_record(city: SmallCity) -> None:
    Campus.objects.create(school=city.one, name="东校区", address="某路 1 号").delete()
    gone = changes("registry.campus", kind="d")[-1]
    assert gone["name"] == ["东校区", None]
    assert gone["address"] == ["某路 1 号", None]


def test_passwords_and_token_digests_are_never_written_down(city: SmallCity) -> None:
    user = city.users["clerk"]
    user.set_password("another-password-1")
    user.save()
    assert changes("accounts.user", object_id=str(user.pk), kind="u") == [{"password": ["***", "***"]}]
    office = Office.objects.get(user=user, valid_to=None)
    create_token(actor=user, scope=city.scope("clerk"), office_id=office.pk, name="大屏")
    everything = str(list(Change.objects.values_list("changes", "about", "object_id")))
    assert office.tokens.get().digest not in everything
    assert user.password not in everything
    assert {c.unit_id for c in Change.objects.filter(subject="districts.officetoken", kind="u")} == {city.one.pk}


def test_values_keep_what_they_were(city: SmallCity) -> None:
    record = open_form("meeting", "2026Q1", city.one)
    fill(record, city.users["clerk"])
    code = _whole_number_cell(record)
    fill(record, city.users["clerk"], **{code: 12})
    change = Change.objects.filter(subject="collection.value", changes__has_key="number").latest("id")
    assert [float(number) for number in change.changes["number"]] == [0, 12]
    assert change.unit_id == city.one.pk


def test_the_record_cannot_be_changed(city: SmallCity) -> None:
    for write in (lambda: Change.objects.update(actor_id=None), lambda: Change.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            write()


def test_a_load_may_be_left_out_but_says_so(city: SmallCity) -> None:
    last = Change.objects.latest("id").pk
    with transaction.atomic(), suspend_audit("装入演示数据"):
        School.objects.update(town="某镇")
    assert [(c.kind, c.changes) for c in Change.objects.filter(id__gt=last)] == [
        (ChangeKind.NOTE, {"reason": [None, "装入演示数据"]})
    ]
    School.objects.filter(pk=city.one.pk).update(town="别镇")
    assert Change.objects.filter(id__gt=last, subject="registry.school").count() == 1, "tracked again"


def test_suspending_needs_a_transaction(transactional_db: None) -> None:
    with pytest.raises(RuntimeError), suspend_audit("x"):
        pass


PAGE = "/units/changes/"


def test_who_may_open_the_record(city: SmallCity) -> None:
    allowed = {a.relation for a in ask_everybody(city, PAGE) if a.status == 200}
    assert allowed == {"parent administrator"}
    for name in ("city_admin", "inspector"):
        client = Client()
        client.force_login(city.users[name])
        assert client.get(PAGE).status_code == 200
    assert ask_anonymous(PAGE).status_code == 302


def _page(city: SmallCity, name: str, query: str = "") -> str:
    client = Client()
    client.force_login(city.users[name])
    response = client.get(f"{PAGE}{query}")
    assert response.status_code == 200
    return b"".join(response).decode() if response.streaming else response.content.decode()


def test_a_district_sees_its_own_changes_only(city: SmallCity) -> None:
    School.objects.filter(pk=city.one.pk).update(town="甲镇")
    School.objects.filter(pk=city.other.pk).update(town="乙镇")
    text = _page(city, "district_admin")
    assert "甲镇" in text
    assert "乙镇" not in text
    assert "乙镇" in _page(city, "inspector")
    exported = _page(city, "district_admin", "?export=csv")
    assert "甲镇" in exported
    assert "乙镇" not in exported


def test_an_account_is_seen_by_those_who_see_its_office(city: SmallCity) -> None:
    for name, word in (("clerk", "教师甲"), ("other_clerk", "教师乙")):
        User.objects.filter(username=name).update(display_name=word)
    text = _page(city, "district_admin", "?subject=accounts.user")
    assert "教师甲" in text
    assert "教师乙" not in text


def test_the_person_is_named_after_the_office_ended(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["district_admin"])
    office = Office.objects.get(user=city.users["clerk"], valid_to=None)
    client.post(f"/units/offices/{office.pk}/end/", {"on": "2026-01-01"})
    own = Office.objects.get(user=city.users["district_admin"])
    Office.objects.filter(pk=own.pk).update(valid_to=date(2026, 1, 2))
    text = _page(city, "city_admin", f"?subject=districts.office&person={city.users['district_admin'].username}")
    assert str(city.users["district_admin"]) in text
    assert "巫溪 区县管理员" in text
    assert "2026-01-01" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?unit=云台", True), ("?unit=wuxi", True), ("?unit=城厢中学", False), ("?person=nobody", False),
        ("?subject=registry.school", True), ("?subject=registry.campus", False), ("?kind=d", False),
        ("?since=2020-01-01", True), ("?until=2020-01-01", False),
    ],
)  # fmt: skip
def test_filters(city: SmallCity, query: str, found: bool) -> None:
    School.objects.filter(pk=city.one.pk).update(town="甲镇")
    assert ("甲镇" in _page(city, "city_admin", query)) is found


@pytest.mark.parametrize("query", ["?since=20x4", "?subject=auth.user", "?kind=z", "?before=-1", "?before=x"])
def test_nonsense_in_the_address_is_said(city: SmallCity, query: str) -> None:
    assert 'role="alert"' in _page(city, "city_admin", query)


def test_pages_by_keyset_cost_the_same(city: SmallCity) -> None:
    def queries(query: str) -> tuple[int, str]:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            text = _page(city, "city_admin", query)
        return len(seen), text

    School.objects.filter(pk=city.one.pk).update(town="0镇")
    few, _text = queries("?subject=registry.school&kind=u")
    for number in range(1, 61):
        School.objects.filter(pk=city.one.pk).update(town=f"{number}镇")
    many, text = queries("?subject=registry.school&kind=u")
    assert few == many
    assert "60镇" in text
    assert ">5镇" not in text
    last = Change.objects.filter(subject="registry.school", kind="u").order_by("-id")[49].pk
    older = _page(city, "city_admin", f"?subject=registry.school&kind=u&before={last}")
    assert ">5镇" in older
    assert "60镇" not in older


def test_a_new_account_is_a_change_of_nobody_when_made_by_the_command_line(db: None) -> None:
    user = make_user()
    assert Change.objects.get(subject="accounts.user", object_id=str(user.pk)).actor_id is None


def test_units_are_tracked_in_both_their_tables(city: SmallCity) -> None:
    subjects = set(Change.objects.filter(unit_id=city.one.pk, kind="i").values_list("subject", flat=True))
    assert {
        "districts.unit",
        "registry.school",
        "districts.affiliation",
        "registry.campus",
        "districts.office",
    } <= subjects


def _tracked() -> list[tuple[str, Field]]:
    models = [apps.get_model(label) for label, _word in subjects()]
    return [
        (model._meta.label_lower, field)
        for model in models
        for field in (model._meta.concrete_model or model)._meta.local_fields
        if not field.primary_key and field.column not in QUIET
    ]


def test_every_kind_of_row_and_every_column_has_a_chinese_word() -> None:
    assert [word for _label, word in subjects() if word.isascii()] == []
    bare = [f"{label}.{field.column}" for label, field in _tracked() if column_of(label, field.column, field).isascii()]
    assert bare == []


def test_every_state_has_a_chinese_word() -> None:
    states = [(label, field) for label, field in _tracked() if field.name == "status"]
    assert len(states) > 5
    assert [label for label, field in states if not choices_of(label, field.column, field)] == []


def test_states_and_lists_are_told_in_words_and_what_the_machine_counts_is_not(city: SmallCity) -> None:
    record = open_form("meeting", "2026Q1", city.one)
    fill(record, city.users["clerk"])
    submit(record, city.users["clerk"])
    Form.objects.filter(code="meeting").update(months=[3, 9])
    rows = Change.objects.filter(subject__in=["collection.form", "collection.return"], kind="u")
    lines = {
        line.column: (line.before, line.after) for entry in describe(list(rows), outside=False) for line in entry.lines
    }
    assert lines["状态"] == ("填写中", "待县级审核")
    assert lines["采集月份"] == ("—", "3、9")
    assert not any(word.isascii() for word in lines)
