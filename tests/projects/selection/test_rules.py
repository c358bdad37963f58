"""The pure parts: the draw, the result, working days, the hiding of words."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.selection.calendar import add_months, is_working_day, last_of, next_working_day, working_days
from projects.selection.rules.assignment import draw
from projects.selection.rules.redaction import Redactor, Word, variants
from projects.selection.rules.result import Rubric, Sheet, rank, sensitivity, strictness, trimmed_mean

names = st.integers(1, 12).map(lambda n: [f"{i:02d}" for i in range(n)])


@given(items=names, experts=st.integers(3, 9), size=st.integers(1, 3), seed=st.sampled_from("abcdefgh"))
def test_without_conflicts_every_seat_is_filled_and_loads_differ_by_one(items, experts, size, seed) -> None:
    drawn = draw(items, [f"e{n}" for n in range(experts)], seed=seed, panel_size=size, load_limit=40)
    assert not drawn.short
    assert len(drawn.pairs) == len(set(drawn.pairs)) == len(items) * size
    loads = [sum(e == f"e{n}" for _i, e in drawn.pairs) for n in range(experts)]
    assert max(loads) - min(loads) <= 1


pairs = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 6)), max_size=20)


@given(barred=pairs, seed=st.sampled_from("abcdefgh"), limit=st.integers(1, 8))
def test_a_conflict_is_never_drawn_and_no_limit_is_passed(barred, seed, limit) -> None:
    out = {(f"i{i}", f"e{e}") for i, e in barred}
    items, experts = [f"i{n}" for n in range(8)], [f"e{n}" for n in range(7)]
    drawn = draw(items, experts, seed=seed, panel_size=2, load_limit=limit, barred=out)
    assert not set(drawn.pairs) & out
    assert all(sum(e == x for _i, e in drawn.pairs) <= limit for x in experts)
    for item in items:
        assert sum(i == item for i, _e in drawn.pairs) + drawn.short.get(item, 0) == 2


def test_a_seat_is_found_also_where_others_must_move_for_it() -> None:
    # e1 is the only one for b; a may have e1 or e2. Greedy could give e1 to a.
    for seed in "123456789":
        drawn = draw(["a", "b"], ["e1", "e2"], seed=seed, panel_size=1, load_limit=1, barred={("b", "e2")})
        assert drawn.pairs == (("a", "e2"), ("b", "e1"))


def test_the_same_seed_gives_the_same_panel_whatever_the_order_and_another_seed_another() -> None:
    items, experts = [f"{n}" for n in range(20)], [f"e{n}" for n in range(9)]
    first = draw(items, experts, seed="2026-11-03", panel_size=3, load_limit=10)
    assert draw(items[::-1], experts[::-1], seed="2026-11-03", panel_size=3, load_limit=10) == first
    assert draw(items, experts, seed="2026-11-04", panel_size=3, load_limit=10) != first


def test_who_is_seated_stays() -> None:
    fixed = {("a", "e1"), ("b", "e1")}
    drawn = draw(["a", "b"], ["e1", "e2", "e3"], seed="x", panel_size=2, load_limit=3, fixed=fixed)
    assert fixed <= set(drawn.pairs)
    assert len(drawn.pairs) == 4


RUBRIC = Rubric({"a": (Decimal(60), Decimal(60)), "b": (Decimal(40), Decimal(40))})


def _sheet(item: str, expert: str, a: object, b: object) -> Sheet:
    return Sheet(item, expert, {"a": Decimal(str(a)), "b": Decimal(str(b))})


def test_the_highest_and_the_lowest_are_left_out_from_five_on() -> None:
    values = [Decimal(n) for n in (10, 80, 81, 82, 100)]
    assert trimmed_mean(values, trim=1, trim_from=5) == 81
    assert trimmed_mean(values[:4], trim=1, trim_from=5) == Decimal("63.25")


def test_weights_count_and_not_the_points_alone() -> None:
    rubric = Rubric({"a": (Decimal(10), Decimal(75)), "b": (Decimal(10), Decimal(25))})
    assert rubric.total({"a": Decimal(10), "b": Decimal(0)}) == 75


def test_ties_go_by_the_rule_that_was_fixed_then_by_median_then_by_lot() -> None:
    sheets = [_sheet("01", "x", 50, 30), _sheet("02", "x", 48, 32), _sheet("03", "x", 50, 30)]
    ranked = rank(sheets, RUBRIC, trim=0, trim_from=1, tie_rule=["b"], seed="s")
    assert ranked[0].item == "02"
    by_lot = [row.item for row in ranked[1:]]
    again = rank(sheets[::-1], RUBRIC, trim=0, trim_from=1, tie_rule=["b"], seed="s")
    assert [row.item for row in again[1:]] == by_lot


def test_an_expert_is_compared_with_the_others_on_the_same_items_only() -> None:
    sheets = [
        _sheet("01", "mild", 55, 35), _sheet("01", "strict", 40, 20), _sheet("02", "mild", 60, 40), _sheet("03", "alone", 1, 1),
    ]  # fmt: skip
    found = strictness(sheets, RUBRIC)
    assert [s.expert for s in found] == ["strict", "mild", "alone"]
    assert found[0].difference == Decimal(-30)
    assert found[1].own_mean == 95
    assert found[2].difference is None


def test_the_cut_is_shown_under_other_means() -> None:
    sheets = [_sheet("01", e, a, 0) for e, a in zip("abcde", (60, 60, 60, 0, 0), strict=True)]
    sheets += [_sheet("02", e, a, 0) for e, a in zip("abcde", (41, 41, 41, 41, 41), strict=True)]
    ranked = rank(sheets, RUBRIC, trim=1, trim_from=5, tie_rule=[], seed="s")
    assert ranked[0].item == "02", "trimmed 41 against 40"
    by_median, by_mean = sensitivity(ranked, cut=1)
    assert (by_median.enter, by_median.leave) == (("01",), ("02",))
    assert by_mean.enter == ()


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 11, 3), 5, date(2026, 11, 9)),  # the picture of the design: a weekend between
        (date(2026, 9, 28), 5, date(2026, 10, 9)),  # 国庆 1st to 7th
        (date(2026, 11, 7), 1, date(2026, 11, 9)),  # a Saturday does not count
    ],
)
def test_a_notice_lasts_its_working_days(start: date, count: int, end: date) -> None:
    assert last_of(start, count) == end
    assert len(working_days(start, end)) == count


def test_a_weekend_worked_for_a_holiday_counts_and_unknown_years_count_weekdays() -> None:
    assert is_working_day(date(2026, 10, 10)), "Saturday worked for 国庆"
    assert not is_working_day(date(2026, 10, 1))
    assert is_working_day(date(2040, 10, 1)), "a Monday whose holiday nobody has published yet"
    assert next_working_day(date(2026, 9, 30)) == date(2026, 10, 8)


def test_months_end_where_the_month_ends() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 11, 15), 24) == date(2028, 11, 15)


REDACTOR = Redactor(
    [Word(text, "校名已隐去") for text in variants("重庆市第九十五初级中学校", drop=["九龙坡区"])]
    + [
        Word("九十五中", "校名已隐去"),
        Word("九龙坡", "区县已隐去"),
        Word("张 三", "姓名已隐去"),
        Word("jiulongpo", "区县已隐去"),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "重庆市第九十五初级中学校",
        "第九十五初级中学",
        "九十五 中",
        "九\n十五中",
        "九·龙·坡",
        "JiuLongPo",
        "ＪＩＵＬＯＮＧＰＯ",
        "张三",
        "张　三",
        "九\u200b十五中",
    ],
)
def test_a_word_is_found_in_any_width_case_and_spacing(text: str) -> None:
    pieces = REDACTOR.redact(f"我校（{text}）现有党员")
    assert [piece.hidden for piece in pieces if piece.hidden] != []
    shown = "".join(piece.text for piece in pieces)
    assert shown == "我校（）现有党员"
    assert not REDACTOR.leaks(shown)


def test_plain_words_stay() -> None:
    text = "学校党总支设4个党支部，位于城区，初级中学教师86人。"
    assert "".join(piece.text for piece in REDACTOR.redact(text)) == text


@given(st.text(max_size=60))
def test_nothing_that_was_redacted_leaks(text: str) -> None:
    for piece in REDACTOR.redact(f"{text}九十五中{text}"):
        assert not REDACTOR.leaks(piece.text)
