"""What each paper asks for: texts with their limits, and what is missing before it can be handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from .models import Goal, Milestone, Paper, PaperKind


@dataclass(frozen=True, slots=True)
class Section:
    """One text: the column that keeps it, what the school reads above it, at least and at most so many characters."""

    field: str
    label: Any
    help_text: Any
    minimum: int
    maximum: int
    rows: int = 6


_BRAND = Section("brand", _lazy("党建品牌"), _lazy("一校一品：只填一个品牌名称。"), 2, 30, rows=1)
SECTIONS: dict[str, tuple[Section, ...]] = {
    PaperKind.PLAN: (
        _BRAND,
        Section("concept", _lazy("品牌内涵"), _lazy("理念从哪里来、包含哪些要素、师生怎样感受到。"), 50, 800),
        Section("report", _lazy("建设思路"), _lazy("两年怎样建：组织、队伍、融合、保障。"), 100, 2000, rows=8),
    ),
    PaperKind.MIDTERM: (
        Section(
            "report", _lazy("中期自评"),
            _lazy("对照计划写：完成了什么、有什么数据、哪些没有完成、下一年怎么补。"), 200, 3000, rows=10,
        ),
    ),
    PaperKind.RECTIFICATION: (
        Section("report", _lazy("整改情况"), _lazy("逐条回应检查意见：怎样改、改到什么程度。"), 100, 2000, rows=8),
    ),
    PaperKind.ACCEPTANCE: (
        Section("report", _lazy("自评报告"), _lazy("对照计划逐项自评，写明达成和没有达成的。"), 300, 5000, rows=12),
        Section("case_title", _lazy("案例名称"), _lazy("一句话，不写姓名。"), 4, 60, rows=1),
        Section("case_text", _lazy("典型案例"), _lazy("背景、做法、成效、可推广之处。"), 200, 3000, rows=10),
        Section("results", _lazy("建设成果"), _lazy("制度、课程、品牌、荣誉、数据，一行一项。"), 30, 2000, rows=8),
    ),
}  # fmt: skip


def length_of(text: str) -> int:
    """Characters without blanks and line breaks, as people count them."""
    return len("".join(text.split()))


def list_gaps(paper: Paper, goals: Sequence[Goal], milestones: Sequence[Milestone]) -> list[str]:
    """What is missing before the paper can be handed in, as sentences; `goals`, `milestones`: those of the plan."""
    gaps = []
    for section in SECTIONS[paper.kind]:
        length = length_of(getattr(paper, section.field))
        if length < section.minimum:
            gaps.append(
                _("“%(label)s”至少 %(minimum)d 字，现在 %(length)d 字。")
                % {"label": section.label, "minimum": section.minimum, "length": length}
            )
    if paper.kind == PaperKind.PLAN:
        gaps += [] if goals else [_("至少写一个目标，写明现状和两年后。")]
        gaps += [] if milestones else [_("至少写一项举措和完成时间。")]
    if paper.kind == PaperKind.ACCEPTANCE:
        gaps += [_("目标“%s”还没有写达成情况。") % goal.title for goal in goals if not goal.achieved]
    return gaps
