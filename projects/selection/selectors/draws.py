"""The draw once more from its seed: who was in it, who was barred, and whether the record is what comes out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.workflow.models import Event
from projects.selection.models import Application, Assignment, Conflict, ConflictKind, Expert, Round
from projects.selection.process import ROUND_PROCESS
from projects.selection.rules.assignment import Pair, draw, lot


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """`items`: blind code → key; `experts`: key → name; `barred`: (item, expert) → why; as they were at the draw."""

    seed: str
    drawn_at: datetime
    items: Mapping[str, str]
    experts: Mapping[str, str]
    barred: Mapping[Pair, str]
    seated: frozenset[Pair]
    again: frozenset[Pair]

    @property
    def agrees(self) -> bool:
        return self.seated == self.again

    @property
    def loads(self) -> list[tuple[str, int]]:
        """Name and items of each expert, those with most first."""
        counts = dict.fromkeys(self.experts, 0)
        for _item, expert in self.seated:
            counts[expert] += 1
        return sorted(((self.experts[key], n) for key, n in counts.items()), key=lambda row: (-row[1], row[0]))


def find_draw(round_: Round) -> Event | None:
    """The step that drew the panel with what is needed to repeat it; None before it, and for draws from elsewhere."""
    steps = Event.objects.filter(
        process=ROUND_PROCESS.name, action="draw", object_id=round_.pk, payload__has_key="barred"
    )
    return steps.order_by("-id").first()


def get_draw(round_: Round) -> DrawRecord | None:
    """The record of the round's draw, recomputed; None where `find_draw` finds none.

    A constant number of queries. Seats that were filled later, for those who stepped back or were late, are no part.
    """
    step = find_draw(round_)
    if step is None:
        return None
    keys = Application.objects.filter(round=round_).exclude(blind_code="").order_by("blind_code")
    items = {code: f"{pk}" for code, pk in keys.values_list("blind_code", "pk")}
    rows = Expert.objects.filter(pk__in=step.payload["experts"]).select_related("office__user")
    experts = {f"{row.pk}": str(row) for row in rows.order_by("pk")}
    barred: dict[Pair, str] = {(f"{item}", f"{expert}"): "" for item, expert in step.payload["barred"]}
    found = Conflict.objects.filter(application__round=round_, expert__in=rows).exclude(kind=ConflictKind.DECLARED)
    for conflict in found.order_by("pk"):
        pair = (f"{conflict.application_id}", f"{conflict.expert_id}")
        if pair in barred:
            barred[pair] = "、".join(filter(None, (barred[pair], conflict.get_kind_display())))
    barred = {pair: why or "回避" for pair, why in barred.items()}
    first = Assignment.objects.filter(round=round_, replaces=None).values_list("application_id", "expert_id")
    again = draw(
        items.values(), experts, seed=round_.seed, panel_size=round_.panel_size, load_limit=round_.expert_load,
        barred=set(barred),
    )  # fmt: skip
    return DrawRecord(
        round_.seed, step.created_at, items, experts, barred, frozenset((f"{a}", f"{e}") for a, e in first),
        frozenset(again.pairs),
    )  # fmt: skip


DRAW_HEAD = ("材料", "材料键", "专家键", "抽签值", "回避", "席位")


def draw_rows(record: DrawRecord) -> Iterator[Sequence[Any]]:
    """Every pair of item and expert with its lot: all that the draw was made of, and what came of it."""
    for code, item in record.items.items():
        for expert in record.experts:
            pair = (item, expert)
            seat = "是" if pair in record.seated else ""
            yield code, item, expert, lot(record.seed, item, expert), record.barred.get(pair, ""), seat


def draw_notes(round_: Round, record: DrawRecord) -> list[str]:
    """How the seats come from the seed, for the head of the exported table."""
    return [
        f"批次：{round_.title}（{round_.code}）　抽取种子：{record.seed}",
        f"每件 {round_.panel_size} 人，每名专家至多 {round_.expert_load} 件；有回避的不入座。",
        "抽签值＝SHA-256（种子|材料键|专家键）的十六进制；材料号按 SHA-256（种子|材料键）由小到大编排。",
        "可选专家少的材料先抽，每席给手上件数最少的专家，件数相同的抽签值小者在前；坐不满时调换已有席位，最后拉平件数。",
        "按种子重算与记录一致。" if record.agrees else "按种子重算与记录不一致，请核查。",
    ]
