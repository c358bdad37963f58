"""Targets: the city's administrator sets all, a district's the own ones; whoever has none takes the city's."""

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from portal.workflow.errors import DomainError
from reports.indicators.models import Target
from reports.indicators.services.targets import set_targets
from tests.support.city import SmallCity

TARGETS = "/indicators/targets/"
CITY, WUXI, JIANGJIN = "500000", "500238", "500116"


def signed_in(city: SmallCity, name: str) -> Client:
    client = Client()
    client.force_login(city.users[name])
    return client


def set_as(city: SmallCity, name: str, texts: dict[tuple[str, str], str], year: int = 2026) -> int:
    return set_targets(actor=city.users[name], scope=city.scope(name), year=year, texts=texts, source="文件")


def stored() -> dict[tuple[str, str], Decimal]:
    rows = Target.objects.filter(period__code="2026").exclude(source__startswith="示例")
    return {(t.unit.code, t.indicator.code): t.value for t in rows.select_related("unit", "indicator")}


def test_the_city_sets_for_itself_and_every_district(city: SmallCity) -> None:
    texts = {(CITY, "G03"): "96.5", (WUXI, "G03"): "９８％", (JIANGJIN, "X15"): "1,200"}
    assert set_as(city, "city_admin", texts) == 3
    assert stored() == {(CITY, "G03"): Decimal("96.5"), (WUXI, "G03"): 98, (JIANGJIN, "X15"): 1200}
    assert set_as(city, "city_admin", texts) == 0, "the same again changes nothing"


@pytest.mark.parametrize(
    ("name", "unit", "may"),
    [
        ("district_admin", WUXI, True), ("district_admin", JIANGJIN, False), ("district_admin", CITY, False),
        ("reviewer", WUXI, False), ("city_staff", CITY, False), ("inspector", WUXI, False), ("clerk", WUXI, False),
        ("city_admin", "5002380001", False), ("city_admin", "nowhere", False),
    ],
)  # fmt: skip
def test_who_may_set_whose(city: SmallCity, name: str, unit: str, may: bool) -> None:
    if may:
        assert set_as(city, name, {(unit, "G03"): "95"}) == 1
        return
    with pytest.raises(DomainError) as refused:
        set_as(city, name, {(unit, "G03"): "95"})
    assert refused.value.status == 403
    assert stored() == {}


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("G03", "101", "0 到 100"), ("G03", "-1", "小于 0"), ("G03", "很多", "不是数"), ("G03", "1e3", "不是数"),
        ("G03", "95.12345", "4 位"), ("X15", "1.5", "整数"), ("X03", "80", "不评高低"), ("X11", "3", "不评高低"),
        ("NOPE", "3", "不评高低"), ("G03", "9" * 30, "不是数"), ("G03", "٩٥", "不是数"),
    ],
)  # fmt: skip
def test_one_wrong_target_and_nothing_is_written(city: SmallCity, code: str, text: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        set_as(city, "city_admin", {(CITY, "L11"): "90", (WUXI, code): text})
    assert words in refused.value.extra["errors"][WUXI, code]
    assert stored() == {}


def test_more_than_a_hundred_per_head_is_no_percentage(city: SmallCity) -> None:
    assert set_as(city, "city_admin", {(CITY, "Q06"): "120"}) == 1


def test_an_empty_text_takes_the_target_away(city: SmallCity) -> None:
    set_as(city, "district_admin", {(WUXI, "G03"): "98"})
    assert set_as(city, "district_admin", {(WUXI, "G03"): " "}) == 1
    assert stored() == {}


def test_the_page_shows_own_and_inherited_targets(city: SmallCity) -> None:
    set_as(city, "city_admin", {(CITY, "G03"): "96", (WUXI, "L11"): "88"})
    page = signed_in(city, "district_admin").get(f"{TARGETS}?year=2026").content.decode()
    assert 'name="500238.G03" value="" placeholder="96"' in page
    assert 'name="500238.L11" value="88"' in page
    assert "江津" not in page
    by_indicator = signed_in(city, "city_admin").get(f"{TARGETS}?year=2026&indicator=G03").content.decode()
    assert 'name="500000.G03" value="96"' in by_indicator
    assert 'name="500116.G03"' in by_indicator


def test_a_reader_sees_without_inputs_and_a_school_not_at_all(city: SmallCity) -> None:
    set_as(city, "city_admin", {(CITY, "G03"): "96"})
    page = signed_in(city, "city_staff").get(f"{TARGETS}?year=2026").content.decode()
    assert "96" in page
    assert 'name="500000.G03"' not in page
    assert signed_in(city, "clerk").get(TARGETS).status_code == 403
    assert signed_in(city, "district_admin").get(f"{TARGETS}?unit={JIANGJIN}").status_code == 404
    assert signed_in(city, "district_admin").get(f"{TARGETS}?unit={CITY}").status_code == 404
    assert signed_in(city, "reviewer").post(TARGETS, {f"{WUXI}.G03": "5"}).status_code == 403
    assert stored() == {(CITY, "G03"): 96}


def test_saving_the_page_and_its_refusal_with_what_was_typed(city: SmallCity) -> None:
    client = signed_in(city, "district_admin")
    saved = client.post(f"{TARGETS}?year=2026&unit={WUXI}", {f"{WUXI}.G03": "97", "source": "〔2026〕1号"}, follow=True)
    assert "已保存 1 项" in saved.content.decode()
    assert "〔2026〕1号" in saved.content.decode()
    refused = client.post(f"{TARGETS}?year=2026&unit={WUXI}", {f"{WUXI}.G03": "150", f"{WUXI}.L11": "80"})
    text = refused.content.decode()
    assert refused.status_code == 422
    assert 'value="150"' in text
    assert 'value="80"' in text
    assert "0 到 100" in text
    assert stored() == {(WUXI, "G03"): 97}


def test_who_changed_what_is_kept(city: SmallCity) -> None:
    client = signed_in(city, "district_admin")
    for value in ("97", "98.5"):
        client.post(f"{TARGETS}?year=2026&unit={WUXI}", {f"{WUXI}.G03": value})
    page = client.get(f"{TARGETS}history/?unit={WUXI}").content.decode()
    assert "98.5" in page
    assert "三会一课达标率" in page
    assert str(city.users["district_admin"]) in page
    other = signed_in(city, "city_admin").get(f"{TARGETS}history/?unit={JIANGJIN}").content.decode()
    assert "还没有设过目标" in other


def export(client: Client, query: str) -> Workbook:
    return load_workbook(io.BytesIO(client.get(f"{TARGETS}?{query}&export=xlsx").content))


def upload(client: Client, book: Workbook | bytes, query: str):
    buffer = io.BytesIO()
    if isinstance(book, Workbook):
        book.save(buffer)
    data = buffer.getvalue() if isinstance(book, Workbook) else book
    return client.post(f"{TARGETS}import/?{query}", {"file": SimpleUploadedFile("t.xlsx", data)}, follow=True)


def column(book: Workbook, title: str) -> int:
    return next(cell.column for cell in book.active[1] if cell.value == title)


def test_the_exported_table_is_filled_and_read_back(city: SmallCity) -> None:
    client, query = signed_in(city, "city_admin"), "year=2026&indicator=L03"
    book = export(client, query)
    for row in book.active.iter_rows(min_row=2):
        if row[0].value in (WUXI, JIANGJIN):
            row[column(book, "目标") - 1].value = 93.5
    answer = upload(client, book, query)
    assert "已导入" in answer.content.decode()
    assert stored() == {(WUXI, "L03"): Decimal("93.5"), (JIANGJIN, "L03"): Decimal("93.5")}


def test_a_wrong_row_is_named_and_nothing_is_read(city: SmallCity) -> None:
    client, query = signed_in(city, "city_admin"), "year=2026&indicator=L03"
    book = export(client, query)
    for number, row in enumerate(book.active.iter_rows(min_row=2)):
        row[column(book, "目标") - 1].value = 930 if number == 1 else 93
    answer = upload(client, book, query)
    assert answer.status_code == 422
    assert "0 到 100" in answer.content.decode()
    assert stored() == {}


@pytest.mark.parametrize("data", [b"", b"MZ not a workbook", b"PK\x03\x04broken", b"x" * (3 * 1024 * 1024)])
def test_no_workbook_is_refused_in_words(city: SmallCity, data: bytes) -> None:
    answer = upload(signed_in(city, "city_admin"), data, "year=2026")
    assert answer.status_code == 422


def test_a_workbook_of_something_else_names_the_missing_columns(city: SmallCity) -> None:
    book = Workbook()
    book.active.append(["姓名", "单位代码"])
    answer = upload(signed_in(city, "city_admin"), book, "year=2026")
    assert "指标代码、目标" in answer.content.decode()


def test_a_district_does_not_import_for_another(city: SmallCity) -> None:
    book = export(signed_in(city, "city_admin"), "year=2026&indicator=L03")
    for row in book.active.iter_rows(min_row=2):
        row[column(book, "目标") - 1].value = 93
    assert upload(signed_in(city, "district_admin"), book, "year=2026").status_code in (403, 422)
    assert stored() == {}
