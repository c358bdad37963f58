"""The catalogue: all 80, loaded again and again without a trace, and refused as a whole when one row is wrong."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from reports.indicators.catalogue import CATALOGUE, CatalogueError, read_catalogue
from reports.indicators.models import Aggregation, DefinitionChange, Indicator, PeriodKind
from reports.indicators.services.catalogue import load_catalogue
from tests.support.city import SmallCity

GOOD = """
[X01]
name = "正式党员数"
english = "full_members"
period = "A"
agg = "stock"
source = "P36"
definition = "人数"
"""
ROW = 'name = "某数"\nenglish = "some"\nperiod = "Y"\nsource = "I"\ndefinition = "某数。"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_eighty_are_there(db: None) -> None:
    shown = Indicator.objects.filter(is_element=False)
    letters = {letter: shown.filter(code__startswith=letter).count() for letter in "XLCPQG"}
    assert letters == {"X": 22, "L": 12, "C": 11, "P": 12, "Q": 9, "G": 14}
    assert shown.filter(aggregation=Aggregation.RATIO).count() == 29
    for row in Indicator.objects.all():
        assert row.definition.endswith("。"), row.code
        assert row.source, row.code
        assert row.effective_from, row.code
        assert (
            (row.numerator_id is not None) == (row.aggregation == Aggregation.RATIO) == (row.denominator_id is not None)
        )


def test_loading_again_changes_nothing(db: None) -> None:
    before = list(Indicator.objects.order_by("pk").values())
    out = io.StringIO()
    call_command("load_catalogue", stdout=out)
    assert list(Indicator.objects.order_by("pk").values()) == before
    assert not DefinitionChange.objects.exists()
    assert f"{len(before)} indicators" in out.getvalue()


def test_a_changed_definition_is_logged_with_both_texts(db: None, tmp_path: Path) -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    text = text.replace("已召开组织生活会的党支部数。", "已按程序召开组织生活会的党支部数。", 1)
    text = text.replace(
        'checks = [{ op = "range", min = 0, max = 110 }]', 'checks = [{ op = "range", min = 0, max = 120 }]'
    )
    load_catalogue(written(tmp_path, text))
    found = {(c.indicator.code, c.field): c for c in DefinitionChange.objects.select_related("indicator")}
    assert set(found) == {("G06N", "definition"), ("X21", "validation")}
    change = found["G06N", "definition"]
    assert "已召开" in change.old
    assert "按程序" in change.new


@pytest.mark.parametrize(
    ("rows", "named", "words"),
    [
        ('[X02]\nagg = "ratio"\nnumerator = "Z99"\ndenominator = "X01"\n' + ROW, "X02", "unknown code 'Z99'"),
        ('[X02]\nagg = "ratio"\nnumerator = "X01"\n' + ROW, "X02", "needs numerator and denominator"),
        ('[X02]\nagg = "ratio"\nnumerator = "X02"\ndenominator = "X01"\n' + ROW, "X02", "circle"),
        (
            '[X02]\nagg = "ratio"\nnumerator = "X03"\ndenominator = "X01"\n' + ROW
            + '[X03]\nagg = "ratio"\nnumerator = "X02"\ndenominator = "X01"\n' + ROW, "X03", "circle",
        ),
        ('[X02]\nagg = "average"\n' + ROW, "X02", "agg 'average'"),
        ('[X02]\nagg = "dist"\n' + ROW, "X02", "does not fit type int"),
        ('[X02]\nagg = "sum"\ntype = "enum"\nchoices = [{ value = 1, label = "好" }]\n' + ROW, "X02", "does not fit"),
        ('[X02]\nagg = "distinct"\n' + ROW, "X02", "owner_counts"),
        ('[X02]\nagg = "max"\npersons = true\n' + ROW, "X02", "persons"),
        ('[X02]\nagg = "sum"\nname = "某数"\n', "X02", "missing definition, english, period, source"),
        ('[X02]\nagg = "sum"\ncolour = "red"\n' + ROW, "X02", "unknown member colour"),
        ('[X02]\nagg = "sum"\nchecks = [{ op = "near", value = 3 }]\n' + ROW, "X02", "unknown check 'near'"),
        ('[X02]\nagg = "sum"\nchecks = [{ op = "le", codes = ["Y77"] }]\n' + ROW, "X02", "Y77"),
        ('[X02]\nagg = "sum"\nchecks = ["le X01"]\n' + ROW, "X02", "a check is a table"),
        ('[X02]\nagg = "sum"\nfrom = "soon"\n' + ROW, "X02", "from of the wrong type"),
        ('[X02]\nagg = "sum"\nfrom = 2024-01-01\nto = 2023-01-01\n' + ROW, "X02", "ends before it begins"),
        ('[X02]\nagg = "sum"\norigin = "derived"\n' + ROW, "X02", "derive.kind"),
        ("X02 = 5\n", "X02", "no table"),
        ('[X01]\nagg = "sum"\n' + ROW, "X01", "not readable"),
        ("[X02\n", "", "not readable"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_and_nothing_is_written(
    db: None, tmp_path: Path, rows: str, named: str, words: str
) -> None:
    before = list(Indicator.objects.order_by("pk").values())
    # A bare key belongs to no table only before the first one.
    text = rows + GOOD if rows.startswith("X02 =") else GOOD + rows
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(written(tmp_path, text))
    assert any(named in problem and words in problem for problem in refused.value.problems), refused.value.problems
    assert list(Indicator.objects.order_by("pk").values()) == before


def test_every_wrong_row_is_named_at_once(tmp_path: Path) -> None:
    text = GOOD + '[X02]\nagg = "average"\n' + ROW + '[X03]\nagg = "dist"\n' + ROW
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(written(tmp_path, text))
    assert {problem[:3] for problem in refused.value.problems} == {"X02", "X03"}


def test_the_command_says_what_is_wrong(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + '[X02]\nagg = "average"\n' + ROW)
    monkeypatch.setattr(load_catalogue.__wrapped__, "__defaults__", (path,))
    with pytest.raises(CommandError, match="nothing was written") as refused:
        call_command("load_catalogue", stdout=io.StringIO())
    assert "X02" in str(refused.value)


def page(city: SmallCity, path: str) -> str:
    client = Client()
    client.force_login(city.users["clerk"])
    return client.get(f"/indicators/{path}").content.decode()


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [("q=shykdbl", "三会一课达标率", "正式党员数"), ("q=sanhuiyike", "三会一课达标率", "正式党员数"),
     ("q=承诺", "书记承诺项数", "正式党员数"), ("q=x0", "正式党员数", "书记承诺项数"),
     ("programme=dual_leader", "书记承诺项数", "正式党员数"), ("q=没有这个", "没有符合条件的指标", "正式党员数")],
)  # fmt: skip
def test_definitions_are_searched(city: SmallCity, query: str, found: str, not_found: str) -> None:
    text = page(city, f"?{query}")
    assert found in text
    assert f">{not_found}<" not in text


def test_what_is_found_is_exported(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["clerk"])
    book = load_workbook(io.BytesIO(client.get("/indicators/?programme=dual_leader&export=xlsx").content))
    codes = [row[0].value for row in book.active.iter_rows(min_row=2)]
    assert codes[0] == "L01"
    assert all(code.startswith("L") for code in codes)


def test_a_definition_says_everything_about_itself(city: SmallCity) -> None:
    ratio = page(city, "Q05/")
    for words in ("学时达标党员数", "党员总数", "× 100%", "五双工程年报", "党组织与党员基本情况", "不取各校比率的平均"):
        assert words in ratio
    count = page(city, "X04/")
    for words in ("不大于 “专任教师数”", "不大于 “正式党员数” + “预备党员数”", "不足 5 人", "S63"):
        assert words in count
    assert "由平台记录计算" in page(city, "G14/")


def test_the_change_log_speaks_in_words(city: SmallCity, tmp_path: Path) -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    text = text.replace(
        'checks = [{ op = "range", min = 0, max = 110 }]', 'checks = [{ op = "range", min = 0, max = 120 }]'
    )
    load_catalogue(written(tmp_path, text))
    for path in ("changes/", "X21/"):
        log = page(city, path)
        assert "在 0 至 110 之间" in log
        assert "在 0 至 120 之间" in log


@pytest.mark.parametrize("kind", PeriodKind.values)
def test_every_kind_of_period_has_a_start_and_an_end(db: None, kind: str) -> None:
    from reports.indicators.models import Period

    rows = Period.objects.filter(kind=kind)
    assert rows.exists()
    assert all(row.start <= row.end for row in rows)
