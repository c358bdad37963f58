"""The speed table's own arithmetic: registry, required ratios, what is printed and what is written."""

import pytest

from tests.benchmarks import ROW_MODULES
from tests.benchmarks.bench import ROWS, Bench, Row, choose, failed, run
from tests.benchmarks.table import Line, table

for module in ROW_MODULES:
    __import__(f"tests.benchmarks.{module}")


def measured(row: Row, *lines: Line) -> list[Line]:
    fixed = Row(row.letter, row.name, row.title, row.most, row.least, lambda _bench: list(lines))
    return run(fixed, None)


def test_every_row_is_registered_once_with_its_requirement() -> None:
    assert [(r.letter, r.most, r.least) for r in sorted(ROWS.values(), key=lambda r: r.letter)] == [
        ("a", 1.5, None),
        ("b", None, None),
        ("c", None, 0.5),
        ("d", 1.3, None),
        ("e", 3.0, None),
        ("f", 8, None),
        ("g", 3, None),
    ]


def test_rows_are_chosen_by_letter_or_name() -> None:
    assert [r.letter for r in choose("cells, a")] == ["a", "c"]
    assert choose("") == list(ROWS.values())


def test_an_unknown_row_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no row z"):
        choose("a,z")


@pytest.mark.parametrize(("subject", "holds"), [(1.5, True), (1.51, False)])
def test_a_ratio_at_most(subject: float, holds: bool) -> None:
    (line,) = measured(ROWS["a"], Line(subject, 1.0, unit="s"))
    assert line.holds is holds
    assert failed([line]) == ([] if holds else [line])


@pytest.mark.parametrize(("subject", "holds"), [(50, True), (49, False)])
def test_a_ratio_at_least(subject: float, holds: bool) -> None:
    line, second = measured(ROWS["c"], Line(subject, 100, unit="req/s"), Line(1, 100, unit="req/s"))
    assert line.holds is holds
    assert (second.name, second.holds) == ("c2", None)


def test_a_floor_of_nothing_never_holds() -> None:
    (line,) = measured(ROWS["a"], Line(1.0, 0.0, unit="s"))
    assert line.holds is False


def test_the_table_shows_ratio_requirement_and_verdict() -> None:
    (line,) = measured(ROWS["a"], Line(4.0, 2.0, unit="s", note="6 facts", figures={"p95 s": 0.25}))
    head, text, details = table([line]).splitlines()
    assert head.split()[:2] == ["row", "subject"]
    assert text.split()[-4:] == ["2.00", "≤", "1.5", "MISSED"]
    assert details.strip() == "p95 s 0.25; 6 facts"


def test_the_file_has_ratio_and_verdict() -> None:
    (line,) = measured(ROWS["b"], Line(300, 20, unit="ms"))
    written = line.as_json()
    assert (written["name"], written["ratio"], written["holds"]) == ("b", 15.0, None)


def test_the_city_is_not_built_before_a_row_asks(tmp_path) -> None:
    assert "city" not in vars(Bench(size=None, data=tmp_path, port=0))
