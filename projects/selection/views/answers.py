"""From the fields of a posted form to answers: text, lines, tables, names."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from projects.selection.models import Question, QuestionKind

MOST_ROWS = 200


def read_answers(post: QueryDict, questions: Iterable[Question]) -> dict[str, Any]:
    """Only questions whose fields came are answered: autosave sends one of them.

    Text is `q-code`; a table `q-code-row-column` with `q-code` as its mark; names one a line.
    """
    answers: dict[str, Any] = {}
    for question in questions:
        name = f"q-{question.code}"
        if question.kind == QuestionKind.TABLE:
            rows = _rows(post, name, len(question.columns), question.max_items)
            if rows is not None:
                answers[question.code] = rows
        elif name in post and question.kind == QuestionKind.NAMES:
            answers[question.code] = str(post[name]).replace("、", "\n").replace("，", "\n").splitlines()
        elif name in post:
            answers[question.code] = post[name]
    return answers


def _rows(post: QueryDict, name: str, width: int, most: int) -> list[list[str]] | None:
    height = min(most, MOST_ROWS)
    found = [[post.get(f"{name}-{r}-{c}") for c in range(width)] for r in range(height)]
    if not any(cell is not None for row in found for cell in row):
        return None
    return [[cell or "" for cell in row] for row in found if any(row)]
