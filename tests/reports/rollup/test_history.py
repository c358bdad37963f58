"""Whatever happens in whatever order, the cells are those that a rebuild from nothing gives."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from districts.access import scope_of
from districts.models import District
from portal.accounts.models import User
from reports.collection.models import Return, ReturnStatus
from reports.collection.services.progress import reopen_return
from reports.collection.services.values import save_values
from reports.rollup.models import Boundaries, Cell
from reports.rollup.services.marks import process_marks
from reports.rollup.verify import find_differences
from schools.registry.services.moves import move_school
from schools.registry.services.schools import close_school
from tests.support.city import SmallCity, approve, fill, open_form, report, submit
from tests.support.standing import standing

PERIODS = ("2025Q1", "2025Q2")
FIRST_MOVE = date(2025, 2, 1)
CLERKS = ("clerk", "clerk_two", "other_clerk")

approval = st.tuples(st.just("approve"), st.integers(0, 2), st.sampled_from(PERIODS), st.integers(0, 90))
reopening = st.tuples(st.just("reopen"), st.integers(0, 2), st.sampled_from(PERIODS), st.just(0))
move = st.tuples(st.just("move"), st.integers(0, 2), st.sampled_from(["500238", "500116"]), st.integers(1, 40))
closing = st.tuples(st.just("close"), st.integers(0, 2), st.just(""), st.integers(1, 40))
rollup = st.tuples(st.just("roll up"), st.just(0), st.just(""), st.just(0))
histories = st.lists(st.one_of(approval, approval, reopening, move, closing, rollup), min_size=3, max_size=9)


def correct(record: Return, clerk: User, number: int) -> None:
    refused = save_values(
        actor=clerk, scope=scope_of(clerk), return_id=record.pk, texts={"G01": str(number)}, remarks={}
    )
    assert not refused


class History:
    """Plays steps on the small city; a step that makes no sense at this point is left out."""

    def __init__(self, city: SmallCity) -> None:
        self.city = city
        self.schools = [city.one, city.two, city.other]
        self.day = FIRST_MOVE
        self.closed: set[int] = set()
        self.turn = 0

    def play(self, step: tuple[str, int, str, int]) -> None:
        name, index, what, number = step
        if name == "roll up":
            process_marks()
        elif index not in self.closed:
            getattr(self, f"_{name}")(index, what, number)

    def _reviewer(self, index: int):
        self.schools[index].refresh_from_db()
        here = self.schools[index].district_id == self.city.wuxi.pk
        return self.city.users["reviewer" if here else "other_reviewer"]

    def _approve(self, index: int, period: str, number: int) -> None:
        clerk, reviewer = self.city.users[CLERKS[index]], self._reviewer(index)
        record = open_form("meeting", period, self.schools[index])
        if record.status == ReturnStatus.APPROVED:
            return
        if record.status == ReturnStatus.RETURNED:
            # Only the reopened cell is open, and must say something else than before.
            self.turn += 100
            correct(record, clerk, number + self.turn)
        else:
            assert not fill(record, clerk, G01=number, G05D=number, G05N=number // 2)
        submit(record, clerk)
        approve(record, reviewer)

    def _reopen(self, index: int, period: str, _number: int) -> None:
        record = Return.objects.filter(
            form__code="meeting", period__code=period, school=self.schools[index], status=ReturnStatus.APPROVED
        ).first()
        if record is not None:
            reviewer = self._reviewer(index)
            scope = self.city.scope(reviewer.username)
            reopen_return(
                actor=reviewer, scope=scope, return_id=record.pk, lock_version=record.lock_version, reason="更正",
                codes=["G01"],
            )  # fmt: skip

    def _move(self, index: int, code: str, days: int) -> None:
        self.day += timedelta(days=days)
        self.schools[index].refresh_from_db()
        target = District.objects.get(code=code)
        if target.pk != self.schools[index].district_id:
            move_school(
                actor=self.city.users["city_admin"], scope=self.city.scope("city_admin"),
                school_id=self.schools[index].pk, district=target, on=self.day, reason="文件",
            )  # fmt: skip

    def _close(self, index: int, _what: str, days: int) -> None:
        self.day += timedelta(days=days)
        close_school(
            actor=self.city.users["city_admin"], scope=self.city.scope("city_admin"),
            school_id=self.schools[index].pk, on=self.day, reason="文件",
        )  # fmt: skip
        self.closed.add(index)


@pytest.mark.timeout(600)
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=histories)
@example(
    steps=[
        ("approve", 0, "2025Q1", 9), ("roll up", 0, "", 0), ("reopen", 0, "2025Q1", 0), ("move", 0, "500116", 40),
        ("roll up", 0, "", 0), ("approve", 0, "2025Q1", 5), ("approve", 2, "2025Q2", 3), ("close", 2, "", 30),
    ]
)  # fmt: skip
def test_incremental_is_the_same_as_a_rebuild(city: SmallCity, steps: list[tuple[str, int, str, int]]) -> None:
    with transaction.atomic():
        history = History(city)
        for step in steps:
            history.play(step)
        process_marks()
        assert list(find_differences()) == []
        transaction.set_rollback(True)
    for school in (city.one, city.two, city.other):
        school.refresh_from_db()


@standing
def approved(city: SmallCity) -> SmallCity:
    for period, number in (("2025Q1", 9), ("2025Q2", 7)):
        report("meeting", period, city.one, city.users["clerk"], city.users["reviewer"], G01=number)
        report("meeting", period, city.two, city.users["clerk_two"], city.users["reviewer"], G01=1)
    process_marks()
    return city


def value(city: SmallCity, code: str, period: str, boundaries: int = Boundaries.PERIOD) -> object:
    found = Cell.objects.filter(
        unit__code=code, indicator__code="G01", period__code=period, slice="all", boundaries=boundaries
    ).first()
    return found.value if found else None


@pytest.mark.parametrize("late", [False, True], ids=["moved before the roll-up", "moved after it"])
def test_a_moved_school_counts_in_the_old_district_before_and_the_new_one_after(
    approved: SmallCity, late: bool
) -> None:
    if late:
        process_marks()
    move_school(
        actor=approved.users["city_admin"], scope=approved.scope("city_admin"), school_id=approved.one.pk,
        district=approved.jiangjin, on=date(2025, 5, 1), reason="文件",
    )  # fmt: skip
    process_marks()
    assert [value(approved, "500238", period) for period in ("2025Q1", "2025Q2")] == [10, 1]
    assert [value(approved, "500116", period) for period in ("2025Q1", "2025Q2")] == [None, 7]
    assert value(approved, "500238", "2025Q1", Boundaries.CURRENT) == 1
    assert value(approved, "500116", "2025Q1", Boundaries.CURRENT) == 9
    assert [value(approved, "500000", period) for period in ("2025Q1", "2025Q2")] == [10, 8]


def test_a_reopened_return_takes_its_figures_back_until_it_is_approved_again(approved: SmallCity) -> None:
    record = Return.objects.get(period__code="2025Q1", school=approved.one, form__code="meeting")
    reopen_return(
        actor=approved.users["reviewer"], scope=approved.scope("reviewer"), return_id=record.pk,
        lock_version=record.lock_version, reason="更正", codes=["G01"],
    )  # fmt: skip
    process_marks()
    assert value(approved, "500238", "2025Q1") == 1
    assert value(approved, "500238", "2025") == 9
    correct(record, approved.users["clerk"], 20)
    submit(record, approved.users["clerk"])
    approve(record, approved.users["reviewer"])
    process_marks()
    assert value(approved, "500238", "2025Q1") == 21


def test_the_command_verifies_and_rebuilds(approved: SmallCity, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rollup", "verify")
    assert "clean" in capsys.readouterr().out
    Cell.objects.filter(indicator__code="G01", unit_id=approved.wuxi.pk, period__code="2025Q1").update(value=99)
    with pytest.raises(CommandError, match="differences"):
        call_command("rollup", "verify")
    assert "stored 99" in capsys.readouterr().err
    call_command("rollup", "rebuild", "--period", "2025Q1")
    assert "1 periods rebuilt" in capsys.readouterr().out
    call_command("rollup", "rebuild", "--facts")
    call_command("rollup", "verify")
    with pytest.raises(CommandError, match="no such period: 20x5"):
        call_command("rollup", "rebuild", "--period", "20x5")
