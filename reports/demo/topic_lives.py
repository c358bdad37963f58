"""How a generated topic goes: from the day of its funding to today, by its key and never by a person. 演示数据."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from projects.selection.calendar import add_months
from projects.topics.models import PaperKind as K
from projects.topics.models import PaperStatus as P
from projects.topics.models import Regulation
from projects.topics.models import Result as R
from projects.topics.models import TopicStatus as T

from .figures import chance
from .units import BuiltSchool

EXTENSION = 6


@dataclass(slots=True)
class PaperPlan:
    """A paper with its days; `result` is empty while nobody has decided. `finding`: which of the data file's."""

    kind: str
    due: date | None
    status: str
    written: date
    result: str = ""
    settled: date | None = None
    until: date | None = None
    finding: str = ""


@dataclass(slots=True)
class Life:
    """A funded topic with everything that happened since. `steps`: action, source, target, day, finding."""

    school: BuiltSchool
    year: int
    number: int
    since: date
    rules: Regulation
    fate: Mapping[str, float] = field(default_factory=dict)
    status: str = T.FUNDED
    due_on: date = field(init=False)
    next_due: date | None = field(init=False)
    closed_on: date | None = None
    ended_on: date | None = None
    changed: bool = False
    papers: list[PaperPlan] = field(default_factory=list)
    steps: list[tuple[str, str, str, date, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.due_on = add_months(self.since, self.rules.term_months)
        self.next_due = self.since + timedelta(days=self.rules.contract_days)
        self.steps.append(("award", T.REGISTERED, T.FUNDED, self.since, ""))

    @property
    def midterm_due(self) -> date:
        return add_months(self.since, self.rules.midterm_months)


def live(life: Life, today: date) -> Life:
    """Let the topic go on to today."""
    for _stage in _Walk(life, today).stages():
        pass
    return life


class _Walk:
    """Stage after stage; a stage that is not over yet ends the walk."""

    def __init__(self, life: Life, today: date) -> None:
        self.life, self.today = life, today

    def stages(self) -> Iterator[None]:
        if self._contract():
            yield
            if self._opening():
                yield
                self._change()
                if self._midterm():
                    yield
                    self._closing()

    def _luck(self, name: str) -> float:
        return self.life.fate.get(name, chance(self.life.school.pk, self.life.year, name))

    def _paper(
        self, kind: str, due: date | None, written: date, decided: date, result: str, finding: str = "",
        until: date | None = None,
    ) -> bool:  # fmt: skip
        """One paper as far as it has come; True when it was settled."""
        if decided <= self.today:
            self.life.papers.append(
                PaperPlan(kind, due, P.SETTLED, written, result, decided, until, finding or kind)
            )  # fmt: skip
            return True
        if written <= self.today:
            status = P.RETURNED if self._luck(f"{kind} back") < 0.2 else P.SUBMITTED
            self.life.papers.append(PaperPlan(kind, due, status, written))
        elif written - timedelta(days=20) <= self.today and self._luck(f"{kind} begun") < 0.6:
            self.life.papers.append(PaperPlan(kind, due, P.DRAFT, self.today))
        return False

    def _step(self, action: str, target: str, day: date, next_due: date | None, finding: str = "") -> None:
        self.life.steps.append((action, self.life.status, target, day, finding or self.life.papers[-1].finding))
        self.life.status, self.life.next_due = target, next_due

    def _late(self, kind: str, due: date, share: float) -> bool:
        """Not handed in for some months after its day; some have been by now, and nobody has decided."""
        late = due < self.today < due + timedelta(days=150) and self._luck(kind) < share
        if late and self._luck(f"{kind} handed") < 0.4:
            self.life.papers.append(PaperPlan(kind, due, P.SUBMITTED, self.today - timedelta(days=1)))
        return late

    def _contract(self) -> bool:
        since, due = self.life.since, self.life.since + timedelta(days=self.life.rules.contract_days)
        decided = since + timedelta(days=20)
        if not self._paper(K.CONTRACT, due, since + timedelta(days=12), decided, R.AGREED):
            return False
        self._step("contract", T.CONTRACTED, decided, decided + timedelta(days=self.life.rules.opening_days))
        return True

    def _opening(self) -> bool:
        due = self.life.next_due
        assert due is not None
        written, decided = due - timedelta(days=25), due - timedelta(days=10)
        if self._late(K.OPENING, due, 0.05):
            return False
        if self._luck("opening twice") < 0.12:
            until = due + timedelta(days=25)
            if not self._paper(K.OPENING, due, written, decided, R.RECTIFY, "opening_rectify", until):
                return False
            self.life.next_due = due = until
            written, decided = until - timedelta(days=15), until - timedelta(days=5)
        if not self._paper(K.OPENING, due, written, decided, R.PASSED):
            return False
        self._step("open", T.OPENED, decided, self.life.midterm_due)
        return True

    def _change(self) -> None:
        day = self.life.since + timedelta(days=200)
        if self._luck("change") < 0.10 and self._paper(K.CHANGE, None, day, day + timedelta(days=6), R.AGREED):
            self._step("change", T.OPENED, day + timedelta(days=6), self.life.midterm_due)
            self.life.changed = True

    def _midterm(self) -> bool:
        due = self.life.midterm_due
        if self._luck("ended") < 0.05:
            day = due + timedelta(days=20)
            if self._paper(K.TERMINATION, None, day - timedelta(days=10), day, R.AGREED):
                self._step("terminate", T.TERMINATED, day, None)
                self.life.ended_on = day
            return False
        decided = due - timedelta(days=5)
        if self._late(K.MIDTERM, due, 0.12):
            return False
        if not self._paper(K.MIDTERM, due, due - timedelta(days=20), decided, R.PASSED):
            return False
        self._step("pass_midterm", T.MIDTERM, decided, self.life.due_on)
        return True

    def _closing(self) -> None:
        due = self.life.due_on
        if self._luck("extension") < 0.18:
            asked, granted, later = due - timedelta(days=50), due - timedelta(days=40), add_months(due, EXTENSION)
            if self._paper(K.EXTENSION, None, asked, granted, R.AGREED, until=later):
                self._step("extend", T.MIDTERM, granted, later)
                self.life.due_on = due = later
        if self._late(K.CLOSING, due, 0.10):
            return
        decided, failed = due - timedelta(days=8), self._luck("failed") < 0.06
        result, finding = (R.FAILED, "closing_failed") if failed else (R.PASSED, "")
        if not self._paper(K.CLOSING, due, due - timedelta(days=30), decided, result, finding):
            return
        self._step("fail" if failed else "close", T.FAILED if failed else T.CLOSED, decided, None)
        if failed:
            self.life.ended_on = decided
        else:
            self.life.closed_on = decided
