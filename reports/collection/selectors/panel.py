"""The side panel of one cell: its last twelve values as a picture, its change log, the questions about it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from statistics import median

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.workflow.models import Event
from reports.collection.models import CellState, Extension, Question, Return, ReturnStatus, Value
from reports.collection.numbers import show_number
from reports.collection.process import REOPEN, RETURN_PROCESS, SEND_BACK
from reports.indicators.models import Indicator

WIDTH, HEIGHT, MARGIN = 320, 112, 22


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One value of the past: where it stands in the picture, and in words."""

    period: str
    number: Decimal
    text: str
    x: float = 0.0
    y: float = 0.0
    label_y: float = 0.0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class CellHistory:
    points: list[HistoryPoint]
    middle: Decimal | None = None

    @property
    def line(self) -> str:
        return " ".join(f"{p.x},{p.y}" for p in self.points)

    @property
    def low(self) -> Decimal:
        return min(p.number for p in self.points)

    @property
    def high(self) -> Decimal:
        return max(p.number for p in self.points)


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    words: str


@dataclass(slots=True)
class Panel:
    history: CellHistory
    log: list[LogLine]
    questions: list[Question]
    can_undo: bool = False
    events: list[Event] = field(default_factory=list)


def get_panel(*, record: Return, indicator: Indicator) -> Panel:
    """Everything about one cell of a return that the scope has already been asked for. Four queries."""
    states = list(
        CellState.objects.filter(return_record=record, indicator=indicator).select_related("actor").order_by("id")
    )
    questions = Question.objects.filter(return_record=record, indicator=indicator).select_related(
        "asked_by", "answered_by"
    )
    log = [*_of_states(states, indicator), *_of_events(record, indicator)]
    return Panel(
        history=get_cell_history(record=record, indicator=indicator),
        log=sorted(log, key=lambda line: line.at, reverse=True)[:10],
        questions=list(questions),
        can_undo=any(state.actor_id for state in states),
    )


def get_cell_history(*, record: Return, indicator: Indicator, last: int = 12) -> CellHistory:
    """The last values of a cell in this school, oldest first: approved ones, and that of the return itself."""
    values = (
        Value.objects.filter(
            indicator=indicator,
            number__isnull=False,
            return_record__school=record.school,
            return_record__form=record.form,
            return_record__period__end__lte=record.period.end,
        )
        .filter(_approved_or(record))
        .order_by("-return_record__period__end")
        .values_list("return_record_id", "return_record__period__name", "number", "qualifier")[:last]
    )
    rows = [
        HistoryPoint(name, number, show_number(number, indicator, qualifier), is_current=pk == record.pk)
        for pk, name, number, qualifier in reversed(values)
        if number is not None
    ]
    if not rows:
        return CellHistory([])
    past = [row.number for row in rows if not row.is_current]
    return CellHistory(_placed(rows), Decimal(median(past)) if past else None)


def _approved_or(record: Return) -> Q:
    return Q(return_record__status=ReturnStatus.APPROVED) | Q(return_record=record)


def _placed(rows: list[HistoryPoint]) -> list[HistoryPoint]:
    """Points inside a picture of WIDTH × HEIGHT; labels stand above the line, or below where it turns up."""
    low, high = min(r.number for r in rows), max(r.number for r in rows)
    span = float(high - low) or 1.0
    step = (WIDTH - 2 * MARGIN) / max(len(rows) - 1, 1)
    heights = [
        round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (float(r.number - low) / span if high > low else 0.5), 1)
        for r in rows
    ]
    return [
        HistoryPoint(
            row.period, row.number, row.text, round(MARGIN + step * at, 1), heights[at],
            heights[at] + (16 if at % 2 else -8), row.is_current,
        )
        for at, row in enumerate(rows)
    ]  # fmt: skip


def _of_states(states: list[CellState], indicator: Indicator) -> list[LogLine]:
    lines = []
    before: CellState | None = None
    for state in states:
        lines.append(LogLine(state.created_at, _words(before, state, indicator)))
        before = state
    return lines


def _words(before: CellState | None, state: CellState, indicator: Indicator) -> str:
    now = show_number(state.number, indicator, state.qualifier) or _("空")
    if state.actor is None:
        return _("平台带出 %s") % now
    was = (show_number(before.number, indicator, before.qualifier) or _("空")) if before else ""
    if before and was == now:
        if state.remark != before.remark:
            return _("%(who)s 写了说明：%(text)s") % {"who": state.actor, "text": state.remark or _("（删去）")}
        return _("%(who)s 确认 %(value)s 仍然有效") % {"who": state.actor, "value": now}
    if before:
        return _("%(who)s %(was)s → %(now)s") % {"who": state.actor, "was": was, "now": now}
    return _("%(who)s 填 %(now)s") % {"who": state.actor, "now": now}


def _of_events(record: Return, indicator: Indicator) -> list[LogLine]:
    """Decisions on this cell: returned with a reason, reopened."""
    events = Event.objects.filter(
        process=RETURN_PROCESS.name, object_id=record.pk, action__in=[SEND_BACK, REOPEN]
    ).select_related("actor")
    lines = []
    for event in events:
        cells = event.payload.get("cells", {})
        if indicator.code in cells:
            reason = cells[indicator.code] if isinstance(cells, dict) else event.comment
            word = _("退回") if event.action == SEND_BACK else _("重新开放")
            lines.append(LogLine(event.created_at, f"{event.actor} {word}：{reason}"))
    return lines


@dataclass(frozen=True, slots=True)
class Step:
    """One line of 办理记录."""

    at: datetime
    who: str
    word: str
    comment: str


STEP_WORDS = {
    "submit": "提交",
    "withdraw": "撤回",
    "return": "退回",
    "approve": "通过",
    "reopen": "重新开放",
}


def list_events(record: Return, *, since: int = 0) -> list[Step]:
    """What happened to the return, newest first: steps and extensions. `since`: only steps at this version or later."""
    events = Event.objects.filter(process=RETURN_PROCESS.name, object_id=record.pk, version__gte=since)
    steps = [
        Step(e.created_at, str(e.actor), STEP_WORDS.get(e.action, e.action), e.comment)
        for e in events.select_related("actor")
    ]
    if not since:
        extensions = Extension.objects.filter(
            Q(return_record=record)
            | Q(return_record=None, form=record.form_id, period=record.period_id, district=record.school.district_id)
        )
        steps += [
            Step(x.created_at, str(x.actor), _("延期至 %s") % f"{x.until.month}月{x.until.day}日", x.reason)
            for x in extensions.select_related("actor")
        ]
    return sorted(steps, key=lambda step: step.at, reverse=True)
