"""How a generated build goes: from the day of its title to today, by its key and never by a person. 演示数据."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from projects.creation.models import PaperKind as K
from projects.creation.models import PaperStatus as P
from projects.creation.models import Result as R
from projects.selection.calendar import add_months
from projects.selection.models import DesignationStatus as D

from .figures import chance
from .units import BuiltSchool

TERM, MIDTERM, DELAY = 24, 12, 6


@dataclass(slots=True)
class PaperPlan:
    """A paper with its days; `result` is empty while nobody has checked it."""

    kind: str
    due: date
    status: str
    written: date
    result: str = ""
    settled: date | None = None
    until: date | None = None


@dataclass(slots=True)
class Build:
    """A title of a school with everything that happened since. `steps`: action, source, target, day, payload."""

    school: BuiltSchool
    level: str
    batch: str
    since: date
    status: str = D.CULTIVATING
    valid_to: date = field(init=False)
    # What chance would decide, decided beforehand: name of the question → the answer in [0, 1).
    fate: Mapping[str, float] = field(default_factory=dict)
    passed_on: date | None = None
    ended_on: date | None = None
    papers: list[PaperPlan] = field(default_factory=list)
    steps: list[tuple[str, str, str, date, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.valid_to = add_months(self.since, TERM)

    @property
    def midterm_due(self) -> date:
        return add_months(self.since, MIDTERM)


def live(build: Build, today: date, *, held_until: date | None = None) -> Build:
    """Let the build go on to today. `held_until`: its acceptance is put off to this day, whatever its luck."""
    walk = _Walk(build, today, held_until)
    for _stage in walk.stages():
        pass
    return build


class _Walk:
    """Stage after stage; a stage that is not over yet ends the walk."""

    def __init__(self, build: Build, today: date, held_until: date | None) -> None:
        self.build, self.today, self.held_until = build, today, held_until

    def stages(self) -> Iterator[None]:
        if self._plan():
            yield
            if self._midterm():
                yield
                self._acceptance()

    def _luck(self, name: str) -> float:
        return self.build.fate.get(name, chance(self.build.school.pk, self.build.batch, name))

    def _paper(
        self, kind: str, due: date, written: date, decided: date, result: str, until: date | None = None
    ) -> bool:
        """One paper as far as it has come; True when it was settled."""
        if decided <= self.today:
            self.build.papers.append(PaperPlan(kind, due, P.SETTLED, written, result, decided, until))
            return True
        if written <= self.today:
            back = self._luck(f"{kind} back") < 0.2
            self.build.papers.append(PaperPlan(kind, due, P.RETURNED if back else P.SUBMITTED, written))
        elif written - timedelta(days=20) <= self.today and self._luck(f"{kind} begun") < 0.6:
            self.build.papers.append(PaperPlan(kind, due, P.DRAFT, self.today))
        return False

    def _step(self, action: str, target: str, day: date, **payload: str) -> None:
        self.build.steps.append((action, self.build.status, target, day, payload))
        self.build.status = target

    def _plan(self) -> bool:
        due = self.build.since + timedelta(days=60)
        if due < self.today < due + timedelta(days=60) and self._luck("plan") < 0.25:
            return False
        return self._paper(K.PLAN, due, due - timedelta(days=25), due - timedelta(days=10), R.AGREED)

    def _midterm(self) -> bool:
        due, luck = self.build.midterm_due, self._luck("midterm")
        decided = due + timedelta(days=8)
        if luck < 0.12 and due < self.today < due + timedelta(days=100):
            return False
        if luck >= 0.28:
            if self._paper(K.MIDTERM, due, due - timedelta(days=20), decided, R.PASSED):
                self._step("pass_midterm", D.PASSED_MIDTERM, decided)
                self.build.passed_on = decided
            return self.build.passed_on is not None
        until = due + timedelta(days=100)
        if not self._paper(K.MIDTERM, due, due - timedelta(days=20), decided, R.RECTIFY, until):
            return False
        self._step("rectify", D.RECTIFYING, decided)
        again = until - timedelta(days=8)
        if self._paper(K.RECTIFICATION, until, until - timedelta(days=25), again, R.PASSED):
            self._step("pass_midterm", D.PASSED_MIDTERM, again)
            self.build.passed_on = again
        return self.build.passed_on is not None

    def _acceptance(self) -> None:
        due, luck = self.build.valid_to, self._luck("acceptance")
        written, decided = due - timedelta(days=40), due - timedelta(days=12)
        if luck < 0.08 and due < self.today < due + timedelta(days=120) and self.held_until is None:
            return
        if self.held_until is None and luck >= 0.22:
            self._end(due, written, decided, R.FAILED if luck < 0.27 else R.PASSED)
            return
        later = self.held_until or add_months(due, DELAY)
        if not self._paper(K.ACCEPTANCE, due, written, decided, R.DELAYED, later):
            return
        self._step("delay", D.DELAYED, decided, **{"from": due.isoformat(), "to": later.isoformat()})
        self.build.valid_to = later
        self._end(later, later - timedelta(days=40), later - timedelta(days=12), R.PASSED)

    def _end(self, due: date, written: date, decided: date, result: str) -> None:
        if self._paper(K.ACCEPTANCE, due, written, decided, result):
            passed = result == R.PASSED
            self._step("accept" if passed else "fail", D.ACCEPTED if passed else D.FAILED, decided)
            self.build.ended_on = decided
