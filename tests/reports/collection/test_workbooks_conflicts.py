"""What would contradict another form is told before the import, at its cell, by the checks of the submission."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.workflow.errors import DomainError
from reports.collection.models import BatchStatus, ImportBatch, Return
from reports.collection.services.workbooks import prepare_import
from reports.indicators.models import Indicator
from tests.support.city import SmallCity, fill, make_school, open_form, report, submit
from tests.support.workbooks import as_bytes, download, set_cell, set_school_cell, upload_batch

DAY = "2025-12-31"
DISTRICT = "/returns/workbooks/annual/2025/500238/"
TITLE = "与其他报表不一致"


def _base(city: SmallCity, school: str = "one", clerk: str = "clerk", **values: object) -> Return:
    place = getattr(city, school)
    return report("base", DAY, place, city.users[clerk], city.users["reviewer"], **{"X01": 30, "X03": 40, **values})


def _import(
    city: SmallCity, record: Return, name: str = "clerk", **values: object
) -> tuple[ImportBatch, dict[str, str]]:
    client = city.client(name)
    book = download(client, f"/returns/{record.pk}/workbook/")
    cells = {code: set_cell(book, code, value) for code, value in values.items()}
    return upload_batch(client, f"/returns/{record.pk}/import/", book), cells


def test_a_contradiction_is_listed_at_its_cell_and_stops_only_the_submission(city: SmallCity) -> None:
    _base(city)
    record = open_form("annual", "2025", city.one)
    fill(record, city.users["clerk"])
    batch, cells = _import(city, record, P08=50, P09=60)
    assert batch.status == BatchStatus.READY
    (told,) = batch.conflicts
    assert (told["sheet"], told["cell"], told["code"], told["school"], told["blocks"]) == (
        "填报", cells["P08"], "P08", "云台小学", True,
    )  # fmt: skip
    assert told["message"].startswith("与《党组织与党员基本情况》（截至 2025年12月31日）不一致：")
    page = city.client("clerk").get(f"/returns/imports/{batch.pk}/").content.decode()
    for words in (TITLE, f"填报!{cells['P08']}", "不能提交", told["message"]):
        assert words in page, words
    listed = download(city.client("clerk"), f"/returns/imports/{batch.pk}/problems/").active
    assert told["message"] in [cell.value for row in listed.iter_rows() for cell in row]
    city.client("clerk").post(f"/returns/imports/{batch.pk}/confirm/")
    with pytest.raises(DomainError) as refusal:
        submit(record, city.users["secretary"])
    assert list(refusal.value.extra["cells"]) == ["P08"]


def test_a_file_that_agrees_says_nothing(city: SmallCity) -> None:
    _base(city)
    record = open_form("annual", "2025", city.one)
    fill(record, city.users["clerk"])
    batch, _cells = _import(city, record, P08=40, P09=60)
    assert batch.conflicts == []
    assert TITLE not in city.client("clerk").get(f"/returns/imports/{batch.pk}/").content.decode()


def test_a_cell_that_the_file_leaves_as_it_is_may_contradict_too(city: SmallCity) -> None:
    _base(city)
    record = open_form("annual", "2025", city.one)
    fill(record, city.users["clerk"], P08=50, P09=60)
    batch, _cells = _import(city, record, P09=70)
    (told,) = batch.conflicts
    assert told["code"] == "P08"
    assert told["cell"]


def test_a_district_is_told_school_by_school(city: SmallCity) -> None:
    _base(city)
    _base(city, "two", "clerk_two")
    for school, clerk in ((city.one, "clerk"), (city.two, "clerk_two")):
        fill(open_form("annual", "2025", school), city.users[clerk])
    client = city.client("reviewer")
    book = download(client, DISTRICT)
    cells = {s.name: set_school_cell(book, s.code, "P08", 50) for s in (city.one, city.two)}
    for school in (city.one, city.two):
        set_school_cell(book, school.code, "P09", 60)
    batch = upload_batch(client, f"{DISTRICT}import/", book)
    assert {row["school"]: row["cell"] for row in batch.conflicts} == cells
    client.post(f"/returns/imports/{batch.pk}/discard/")
    batch.refresh_from_db()
    assert batch.conflicts == []


def test_contradictions_are_told_beside_errors_that_keep_the_file_out(city: SmallCity) -> None:
    _base(city)
    record = open_form("annual", "2025", city.one)
    fill(record, city.users["clerk"])
    batch, _cells = _import(city, record, P08=50, P09="六十")
    assert batch.status == BatchStatus.REFUSED
    assert [row["code"] for row in batch.conflicts] == ["P08"]
    assert TITLE in city.client("clerk").get(f"/returns/imports/{batch.pk}/").content.decode()


def test_a_doubt_is_told_as_one(city: SmallCity) -> None:
    Indicator.objects.filter(code="P09").update(validation=[{"op": "le", "codes": ["X03"], "severity": "warn"}])
    Indicator.objects.filter(code="P08").update(validation=[])
    _base(city)
    record = open_form("annual", "2025", city.one)
    fill(record, city.users["clerk"])
    batch, _cells = _import(city, record, P09=60)
    assert [row["blocks"] for row in batch.conflicts] == [False]
    page = city.client("clerk").get(f"/returns/imports/{batch.pk}/").content.decode()
    assert "不能提交" not in page
    assert "请核对两张表" in page


def test_the_comparison_costs_the_same_for_one_school_and_for_many(city: SmallCity) -> None:
    def statements(count: int) -> int:
        for number in range(count):
            make_school(f"50023882{count}{number}", f"山村{count}{number}小学", city.wuxi)
        open_form("annual", "2025", city.one)
        client = city.client("reviewer")
        book = download(client, DISTRICT)
        for row in book["填报"].iter_rows(min_row=10):
            row[3].value = 3 + count
        record = Return.objects.filter(form__code="annual").select_related("form", "period").first()
        assert record is not None
        with CaptureQueriesContext(connection) as seen:
            prepare_import(
                actor=city.users["reviewer"], scope=city.scope("reviewer"), data=as_bytes(book), filename="x",
                form=record.form, period=record.period, district=city.wuxi,
            )  # fmt: skip
        return len(seen)

    _base(city)
    statements(1)
    assert statements(2) == statements(9)
