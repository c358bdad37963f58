"""What each paper asks for: texts with their limits, and what is missing before it can be handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from .models import BudgetLine, Output, Paper, PaperKind, Topic


@dataclass(frozen=True, slots=True)
class Section:
    """One text: the column that keeps it, what the school reads above it, at least and at most so many characters."""

    field: str
    label: Any
    help_text: Any
    minimum: int
    maximum: int
    rows: int = 6


SECTIONS: dict[str, tuple[Section, ...]] = {
    PaperKind.CONTRACT: (
        Section("report", _lazy("研究任务"), _lazy("要解决的问题、研究内容、分工（写职务，不写姓名）。"), 50, 2000, 8),
        Section("plan", _lazy("进度安排"), _lazy("分阶段写到月。"), 30, 1000),
        Section("results", _lazy("预期成果"), _lazy("成果名称和形式，一行一项。"), 10, 1000, rows=4),
    ),
    PaperKind.OPENING: (
        Section("report", _lazy("开题报告"), _lazy("现状、问题、研究思路、方法、在哪些学校或支部试行。"), 200, 3000, 9),
        Section("plan", _lazy("论证意见和修改"), _lazy("论证会提了什么意见，怎样修改。"), 30, 1000),
    ),
    PaperKind.MIDTERM: (
        Section(
            "report", _lazy("进展"), _lazy("对照任务书写：完成了什么、有什么数据、没有完成的怎么补。"), 200, 3000, 10
        ),
        Section("results", _lazy("阶段成果"), _lazy("一行一项；没有的写“无”。"), 1, 2000, rows=4),
        Section("plan", _lazy("下一步"), _lazy("到结题还要做什么。"), 30, 1000),
    ),
    PaperKind.CLOSING: (
        Section("report", _lazy("结题报告"), _lazy("研究过程、主要结论、对照任务书的完成情况。"), 300, 5000, rows=12),
        Section("results", _lazy("成果和创新"), _lazy("实践成果、理论成果各是什么。"), 50, 2000),
        Section("plan", _lazy("应用推广"), _lazy("在哪些学校、支部、品牌应用，效果怎样。"), 30, 1000),
    ),
    PaperKind.CHANGE: (Section("report", _lazy("变更理由"), _lazy("为什么变更，对研究任务有什么影响。"), 20, 1000),),
    PaperKind.EXTENSION: (
        Section("report", _lazy("延期理由"), _lazy("已经完成的、没有完成的、为什么需要延期。"), 50, 1000),
    ),
    PaperKind.TERMINATION: (
        Section("report", _lazy("终止理由"), _lazy("为什么不能继续，已完成的工作和经费使用情况。"), 50, 1000),
    ),
}  # fmt: skip


def length_of(text: str) -> int:
    """Characters without blanks and line breaks, as people count them."""
    return len("".join(text.split()))


def list_gaps(paper: Paper, topic: Topic, budget: Sequence[BudgetLine], outputs: Sequence[Output]) -> list[str]:
    """What is missing before the paper can be handed in, as sentences."""
    gaps = []
    for section in SECTIONS[paper.kind]:
        length = length_of(getattr(paper, section.field))
        if length < section.minimum:
            gaps.append(
                _("“%(label)s”至少 %(minimum)d 字，现在 %(length)d 字。")
                % {"label": section.label, "minimum": section.minimum, "length": length}
            )
    if paper.kind == PaperKind.CONTRACT:
        gaps += _budget_gaps(topic, budget)
    if paper.kind == PaperKind.CLOSING and not outputs:
        gaps.append(_("至少列一项成果，写明类型、名称和时间。"))
    if paper.kind == PaperKind.CHANGE and not (paper.part and paper.value):
        gaps.append(_("请选择变更事项，并写变更后的内容。"))
    if paper.kind == PaperKind.EXTENSION and paper.wanted is None:
        gaps.append(_("请填申请延到哪一天。"))
    return gaps


def _budget_gaps(topic: Topic, budget: Sequence[BudgetLine]) -> list[str]:
    total, amount = sum(line.amount for line in budget), topic.amount or 0
    if total == amount:
        return []
    return [
        _("预算合计 %(total)s 元，须等于资助金额 %(amount)s 元。") % {"total": f"{total:,}", "amount": f"{amount:,}"}
    ]
