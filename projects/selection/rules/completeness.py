"""What is still missing in a case, question by question. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from projects.selection.models import Criterion, Question, QuestionKind


@dataclass(frozen=True, slots=True)
class Gap:
    code: str
    title: str
    reason: str


def count_words(text: str) -> int:
    """字数: every character that is no blank."""
    return sum(map(len, text.split()))


def find_gaps(
    questions: Iterable[Question], answers: Mapping[str, Any], *, files: Mapping[str, int], figures: Mapping[str, Any]
) -> list[Gap]:
    """Everything that blocks the submission, in the order of the form. `files`: question → number of attachments."""
    gaps = []
    for question in questions:
        reason = _reason(question, answers.get(question.code), files.get(question.code, 0), question.code in figures)
        if reason:
            gaps.append(Gap(question.code, question.title, reason))
    return gaps


def _reason(question: Question, answer: Any, files: int, known: bool) -> str:
    if question.kind == QuestionKind.FILE:
        return _("还没有上传附件。") if question.required and not files else ""
    if question.kind == QuestionKind.FIGURE:
        # What the portal does not know cannot be asked of the school here: it is shown as 暂无.
        return ""
    if question.kind in (QuestionKind.TABLE, QuestionKind.NAMES):
        return _("还没有填写。") if question.required and not answer else ""
    return _text_reason(question, str(answer or "").strip())


def _text_reason(question: Question, text: str) -> str:
    words = count_words(text)
    if not words:
        return _("还没有填写。") if question.required else ""
    if words < question.min_length:
        return _("现有 %(n)d 字，至少 %(least)d 字。") % {"n": words, "least": question.min_length}
    if words > question.max_length:
        return _("现有 %(n)d 字，最多 %(most)d 字，请删减 %(over)d 字。") % {
            "n": words, "most": question.max_length, "over": words - question.max_length,
        }  # fmt: skip
    return ""


def is_extreme(criterion: Criterion, points: Decimal) -> bool:
    """So low or so high that the expert has to say why."""
    low, high = criterion.explain_low, criterion.explain_high
    return (low is not None and points <= low) or (high is not None and points >= high)
