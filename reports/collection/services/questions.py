"""改为询问，不退回: the district asks about a cell, the school answers in words. Nothing reopens."""

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from reports.collection.models import Question, Return
from reports.collection.rules import may_fill, may_review

LONGEST = 500


@transaction.atomic
def ask_question(*, actor: User, scope: Scope, return_id: int, code: str, text: str) -> Question:
    """Ask about one cell. Raises DomainError `forbidden` (403), `comment_required` or `unknown_cell`."""
    record = Return.objects.select_related("school", "form").get(pk=return_id)
    if not may_review(scope, record):
        raise DomainError("forbidden", _("只有区县审核员可以询问。"), status=403)
    field = record.form.fields.filter(indicator__code=code).first()
    if field is None:
        raise DomainError("unknown_cell", _("这张表里没有这一格。"))
    return Question.objects.create(
        return_record=record, indicator_id=field.indicator_id, text=_worded(text, _("请写明要问什么。")), asked_by=actor
    )


@transaction.atomic
def answer_question(*, actor: User, scope: Scope, return_id: int, question_id: int, text: str) -> Question:
    """Answer, or correct one's answer. Http404 for a question of another return."""
    record = Return.objects.select_related("school").get(pk=return_id)
    if not may_fill(scope, record):
        raise DomainError("forbidden", _("只有本校书记和填报员可以答复。"), status=403)
    question = Question.objects.select_for_update().filter(return_record=record, pk=question_id).first()
    if question is None:
        raise Http404
    question.answer = _worded(text, _("请写明答复。"))
    question.answered_by, question.answered_at = actor, timezone.now()
    question.save()
    return question


def _worded(text: str, missing: str) -> str:
    words = text.replace("\0", "").strip()
    if not words:
        raise DomainError("comment_required", missing)
    if len(words) > LONGEST:
        raise DomainError("too_long", _("最多 %d 个字，请缩短。") % LONGEST)
    return words
