"""Who may bring figures in, what happens when the world moves on in between, and four eyes."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import City, Role
from portal.workflow.errors import DomainError
from reports.collection.models import BatchStatus, ImportBatch, Return, Value
from reports.collection.services.prefill import prefill_returns
from reports.collection.services.progress import send_back_return
from reports.collection.services.workbooks import confirm_import, prepare_import, remove_expired_imports
from reports.collection.tasks import remove_expired_imports as task
from schools.party.models import PartyOrganisation
from tests.support.city import (
    SmallCity,
    approve,
    fill,
    make_branch,
    make_office,
    make_school,
    open_form,
    report,
    submit,
)
from tests.support.scoping import INSIDE_SCHOOL, ask_anonymous, ask_everybody
from tests.support.workbooks import (
    SHEET,
    as_bytes,
    download,
    school_cell,
    set_cell,
    set_school_cell,
    stored,
    upload,
    upload_batch,
)

DISTRICT = "/returns/workbooks/meeting/2026Q1/500238/"
REVIEWERS = frozenset({"parent", "parent administrator"})
WITHOUT_OFFICE = frozenset({"expired office", "no office"})


def _client(city: SmallCity, name: str) -> Client:
    client = Client()
    client.force_login(city.users[name])
    return client


def _school_batch(city: SmallCity, draft: Return, name: str = "clerk", **values: object) -> ImportBatch:
    client = _client(city, name)
    book = download(client, f"/returns/{draft.pk}/workbook/")
    for code, value in (values or {"G01": 7}).items():
        set_cell(book, code, value)
    return upload_batch(client, f"/returns/{draft.pk}/import/", book)


def _district_batch(city: SmallCity, name: str = "reviewer", **values: object) -> ImportBatch:
    client = _client(city, name)
    book = download(client, DISTRICT)
    for code, value in (values or {"G01": 7}).items():
        set_school_cell(book, "5002380001", code, value)
    return upload_batch(client, f"{DISTRICT}import/", book)


def test_who_downloads_the_file_of_a_school(city: SmallCity, draft: Return) -> None:
    for answer in ask_everybody(city, f"/returns/{draft.pk}/workbook/"):
        expected = 403 if answer.relation in WITHOUT_OFFICE else 404
        assert answer.status == (200 if answer.relation in INSIDE_SCHOOL else expected), answer
    assert ask_anonymous(f"/returns/{draft.pk}/workbook/").status_code == 302


def test_who_may_import_for_a_school(city: SmallCity, draft: Return) -> None:
    """The city sees the return and may not fill it: 403. Outsiders learn nothing: 404."""
    may = INSIDE_SCHOOL - {"city"}
    for answer in ask_everybody(city, f"/returns/{draft.pk}/import/"):
        outside = 403 if answer.relation in WITHOUT_OFFICE | {"city"} else 404
        assert answer.status == (200 if answer.relation in may else outside), answer


@pytest.mark.parametrize("url", ["/returns/workbooks/", DISTRICT, f"{DISTRICT}import/"])
def test_whole_districts_are_for_their_own_reviewers(city: SmallCity, draft: Return, url: str) -> None:
    for answer in ask_everybody(city, url):
        if answer.relation in REVIEWERS:
            assert answer.status == 200, answer
        elif answer.relation == "other district":
            assert answer.status == (200 if url == "/returns/workbooks/" else 404), answer
        else:
            assert answer.status == 403, answer
    page = _client(city, "other_reviewer").get("/returns/workbooks/").content.decode()
    assert "巫溪" not in page


@pytest.mark.parametrize("url", ["/returns/workbooks/x/2026Q1/500238/", "/returns/workbooks/meeting/20x4/500238/"])
def test_an_unknown_form_or_period(city: SmallCity, draft: Return, url: str) -> None:
    client = _client(city, "reviewer")
    assert client.get(url).status_code == 404
    assert client.get(f"{url}import/").status_code == 404


@pytest.mark.parametrize("path", ["", "problems/"])
def test_an_upload_belongs_to_its_owner(city: SmallCity, draft: Return, path: str) -> None:
    """Also colleagues of the same school do not see it; they have their own."""
    batch = _school_batch(city, draft)
    for answer in ask_everybody(city, f"/returns/imports/{batch.pk}/{path}"):
        expected = 403 if answer.relation in WITHOUT_OFFICE else 404
        assert answer.status == (200 if answer.relation == "own" else expected), answer


@pytest.mark.parametrize("action", ["confirm/", "discard/"])
def test_nobody_else_confirms_or_discards(city: SmallCity, draft: Return, action: str) -> None:
    batch = _school_batch(city, draft)
    for answer in ask_everybody(city, f"/returns/imports/{batch.pk}/{action}", method="post"):
        expected = 403 if answer.relation in WITHOUT_OFFICE else 404
        assert answer.status == (302 if answer.relation == "own" else expected), answer
    assert _client(city, "clerk").get(f"/returns/imports/{batch.pk}/{action}").status_code == 405


def test_an_owner_who_lost_the_office_loses_the_upload(city: SmallCity, draft: Return) -> None:
    batch = _district_batch(city)
    city.users["reviewer"].offices.update(valid_to=timezone.localdate())
    assert _client(city, "reviewer").get(f"/returns/imports/{batch.pk}/").status_code == 403


def test_the_importer_may_not_approve_and_another_reviewer_may(city: SmallCity, draft: Return) -> None:
    """docs/adr/0020: who brought figures in is their maker."""
    batch = _district_batch(city, G01=7)
    confirm_import(actor=city.users["reviewer"], scope=city.scope("reviewer"), batch_id=batch.pk)
    fill(draft, city.users["clerk"], G01=7)
    submit(draft, city.users["clerk"])
    with pytest.raises(DomainError) as refused:
        approve(draft, city.users["reviewer"])
    assert (refused.value.code, refused.value.status) == ("four_eyes", 403)
    with pytest.raises(DomainError, match="另一位审核员"):
        send_back_return(
            actor=city.users["reviewer"], scope=city.scope("reviewer"), return_id=draft.pk, lock_version=1,
            reasons={"G02": "请核对。"},
        )  # fmt: skip
    assert approve(draft, city.users["reviewer2"]).status == "approved"


def test_a_school_that_replaced_the_imported_figures_frees_the_importer(city: SmallCity, draft: Return) -> None:
    batch = _district_batch(city, G01=7)
    confirm_import(actor=city.users["reviewer"], scope=city.scope("reviewer"), batch_id=batch.pk)
    fill(draft, city.users["clerk"], G01=8)
    submit(draft, city.users["clerk"])
    assert approve(draft, city.users["reviewer"]).status == "approved"


def test_a_district_may_not_write_into_what_is_handed_in(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G01=9)
    submit(draft, city.users["clerk"])
    batch = _district_batch(city, G01=10)
    assert batch.status == BatchStatus.REFUSED
    assert "待县级审核" in batch.problems[0]["message"]
    assert "云台小学" in batch.problems[0]["message"]


def test_only_returned_cells_are_open(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G01=9, G02=9)
    submit(draft, city.users["clerk"])
    send_back_return(
        actor=city.users["reviewer"], scope=city.scope("reviewer"), return_id=draft.pk, lock_version=1,
        reasons={"G01": "与台账不符。"},
    )  # fmt: skip
    book = download(_client(city, "clerk"), f"/returns/{draft.pk}/workbook/")
    cell = set_cell(book, "G02", 4)
    batch = upload_batch(_client(city, "clerk"), f"/returns/{draft.pk}/import/", book)
    assert [problem["cell"] for problem in batch.problems] == [cell]
    assert "只有被退回的格" in batch.problems[0]["message"]
    batch = _school_batch(city, draft, G01=12)
    assert batch.status == BatchStatus.READY, batch.problems
    confirm_import(actor=city.users["clerk"], scope=city.scope("clerk"), batch_id=batch.pk)
    assert stored(draft)["G01"] == 12
    assert submit(draft, city.users["clerk"]).status == "submitted", "the imported correction answers the return"


def _typed_meanwhile(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["secretary"], G02=3)


def _submitted_meanwhile(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["secretary"])
    submit(draft, city.users["secretary"])


def _closed_meanwhile(city: SmallCity, draft: Return) -> None:
    Return.objects.filter(pk=draft.pk).update(closes_on=timezone.localdate() - timedelta(days=1))


def _expired_meanwhile(city: SmallCity, draft: Return) -> None:
    ImportBatch.objects.update(expires_at=timezone.now())


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (_typed_meanwhile, "云台小学的数或状态有了变化"),
        (_submitted_meanwhile, "云台小学的数或状态有了变化"),
        (_closed_meanwhile, "报送期已过"),
        (_expired_meanwhile, "已过期"),
    ],
)
def test_what_happened_since_the_preview_is_told_and_nothing_is_written(
    city: SmallCity, draft: Return, event: object, words: str
) -> None:
    client = _client(city, "clerk")
    batch = _school_batch(city, draft, G01=7)
    event(city, draft)  # type: ignore[operator]
    response = client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert response.status_code == 409
    assert words in response.content.decode()
    assert not Value.objects.filter(source="imported").exists()
    batch.refresh_from_db()
    assert batch.status == BatchStatus.READY


def test_an_office_that_ended_between_preview_and_confirming(city: SmallCity, draft: Return) -> None:
    batch = _school_batch(city, draft, G01=7)
    with pytest.raises(Http404):
        confirm_import(actor=city.users["clerk"], scope=city.scope("clerk_two"), batch_id=batch.pk)
    assert "G01" not in stored(draft)


def test_confirming_twice_writes_once(city: SmallCity, draft: Return) -> None:
    client = _client(city, "clerk")
    batch = _school_batch(city, draft, G01=7)
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    first = Value.objects.get(return_record=draft, indicator__code="G01").updated_at
    assert client.post(f"/returns/imports/{batch.pk}/confirm/").status_code == 302
    assert Value.objects.get(return_record=draft, indicator__code="G01").updated_at == first


def test_a_discarded_upload_is_not_written(city: SmallCity, draft: Return) -> None:
    client = _client(city, "clerk")
    batch = _school_batch(city, draft, G01=7)
    page = client.post(f"/returns/imports/{batch.pk}/discard/", follow=True).content.decode()
    assert "已放弃" in page
    assert client.post(f"/returns/imports/{batch.pk}/confirm/").status_code == 409
    assert "已放弃导入" in client.get(f"/returns/imports/{batch.pk}/").content.decode()
    assert "G01" not in stored(draft)


def test_uploads_are_forgotten_after_some_days(city: SmallCity, draft: Return) -> None:
    old, new = _school_batch(city, draft, G01=7), _school_batch(city, draft, G01=8)
    ImportBatch.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    task()
    assert list(ImportBatch.objects.values_list("pk", flat=True)) == [new.pk]
    assert remove_expired_imports() == 0


def test_buttons_stand_where_people_look(city: SmallCity, draft: Return) -> None:
    clerk, reviewer, staff = (_client(city, name) for name in ("clerk", "reviewer", "city_staff"))
    entry = clerk.get(f"/returns/{draft.pk}/").content.decode()
    assert "下载 Excel" in entry
    assert "导入 Excel" in entry
    assert "导入 Excel" not in staff.get(f"/returns/{draft.pk}/").content.decode()
    for path in ("/returns/", "/returns/review/"):
        assert "/returns/workbooks/" in reviewer.get(path).content.decode()
    assert "/returns/workbooks/" not in clerk.get("/returns/").content.decode()
    listed = reviewer.get("/returns/workbooks/").content.decode()
    assert f"{DISTRICT}import/" in listed
    Return.objects.update(closes_on=timezone.localdate() - timedelta(days=1))
    assert f"{DISTRICT}import/" not in reviewer.get("/returns/workbooks/").content.decode()
    assert "现在没有可导入的报表" in reviewer.get("/returns/workbooks/?show=open").content.decode()
    assert "导入 Excel" not in clerk.get(f"/returns/{draft.pk}/").content.decode()


@pytest.mark.parametrize("query", ["problems=x", "changes=9999", "problems=-1&changes=%00"])
def test_nonsense_in_the_address_breaks_nothing(city: SmallCity, draft: Return, query: str) -> None:
    batch = _school_batch(city, draft, G01="很多", G02=5)
    assert _client(city, "clerk").get(f"/returns/imports/{batch.pk}/?{query}").status_code == 200
    assert upload(_client(city, "clerk"), f"/returns/{draft.pk}/import/", b"", name="a\u202eb.xlsx").status_code == 422


def test_the_same_statements_for_3_schools_and_for_30(city: SmallCity, draft: Return) -> None:
    """Download, preview and confirming are set-based; the number of schools does not count."""
    client = _client(city, "reviewer")

    def statements(value: int) -> tuple[int, int, int, int]:
        seen = CaptureQueriesContext(connection)
        with seen:
            book = download(client, DISTRICT)
        downloading = len(seen)
        for row in book[SHEET].iter_rows(min_row=10):
            for cell in row[3:]:
                cell.value = value
        frame = {"form": draft.form, "period": draft.period, "district": city.wuxi}
        with seen:
            batch = prepare_import(
                actor=city.users["reviewer"], scope=city.scope("reviewer"), data=as_bytes(book), filename="x", **frame
            )
        preparing = len(seen)
        assert batch.status == BatchStatus.READY, batch.problems[:3]
        with seen:
            client.get(f"/returns/imports/{batch.pk}/")
        showing = len(seen)
        with seen:
            confirm_import(actor=city.users["reviewer"], scope=city.scope("reviewer"), batch_id=batch.pk)
        return downloading, preparing, showing, len(seen)

    make_school("5002388000", "山村小学", city.wuxi)
    open_form("meeting", "2026Q1", city.one)
    few = statements(3)
    for number in range(27):
        make_school(f"50023881{number:02d}", f"山村{number}小学", city.wuxi)
    open_form("meeting", "2026Q1", city.one)
    assert statements(4) == few
    assert few[1] <= 10
    assert few[3] <= 10
    assert Value.objects.filter(source="imported", number=4).count() > 30 * 5


def _members(city: SmallCity, name: str, url: str) -> set[object]:
    """Every value in the file that this user gets."""
    book = download(_client(city, name), url)
    return {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


def test_the_city_gets_the_file_of_a_school_without_its_members(city: SmallCity) -> None:
    earlier = report("base", "2025-12-31", city.one, city.users["clerk"], city.users["reviewer"], X01=147, X03=60)
    record = open_form("base", "2026-03-31", city.one)
    fill(record, city.users["clerk"], X01=149, X03=61)
    for url, members in ((f"/returns/{earlier.pk}/workbook/", 147), (f"/returns/{record.pk}/workbook/", 149)):
        assert members in _members(city, "reviewer", url)
        for name in ("city_admin", "city_staff", "inspector"):
            shown = _members(city, name, url)
            assert not shown & {147, 149}
            assert shown & {60, 61}


def test_an_office_of_the_city_hides_members_in_the_districts_file_too(city: SmallCity) -> None:
    report("base", "2025-12-31", city.one, city.users["clerk"], city.users["reviewer"], X01=147)
    make_office(Role.CITY_STAFF, City.objects.get(), city.users["reviewer2"])
    url = "/returns/workbooks/base/2025-12-31/500238/"
    assert 147 in _members(city, "reviewer", url)
    assert 147 not in _members(city, "reviewer2", url)


def test_the_districts_file_is_prefilled_for_schools_that_never_opened_the_form(city: SmallCity) -> None:
    report("base", "2025-12-31", city.one, city.users["clerk"], city.users["reviewer"], X01=40, X03=61)
    branch = make_branch(city.two, members=33)
    PartyOrganisation.objects.filter(pk=branch.pk).update(counted_on=date(2026, 3, 1))
    record = open_form("base", "2026-03-31", city.one)
    book = download(_client(city, "reviewer"), "/returns/workbooks/base/2026-03-31/500238/")
    assert school_cell(book, "5002380001", "X03") == 61
    assert school_cell(book, "5002380002", "X01") == 33
    assert Value.objects.get(return_record=record, indicator__code="X03").source == "carried"
    locked = Return.objects.get(form__code="base", period__code="2026-03-31", school=city.two)
    assert Value.objects.get(return_record=locked, indicator__code="X01").source == "records"


def test_a_file_of_closed_returns_prefills_nothing(city: SmallCity) -> None:
    report("base", "2025-12-31", city.one, city.users["clerk"], city.users["reviewer"], X01=40, X03=61)
    record = open_form("base", "2026-03-31", city.one)
    Return.objects.filter(pk=record.pk).update(closes_on=timezone.localdate() - timedelta(days=1))
    download(_client(city, "reviewer"), "/returns/workbooks/base/2026-03-31/500238/")
    assert not Value.objects.filter(return_record=record).exists()


def test_prefilling_a_district_costs_as_many_queries_as_one_school(city: SmallCity) -> None:
    record = open_form("base", "2026-03-31", city.one)
    records = list(Return.objects.filter(form=record.form_id, period=record.period_id))
    assert len(records) > 1

    def cost(rows: list[Return]) -> int:
        Value.objects.all().delete()
        with CaptureQueriesContext(connection) as seen:
            prefill_returns(rows)
        return len(seen)

    assert cost(records) == cost(records[:1])
