from reports.collection.models import Question, Return


def list_questions(*, record: Return) -> list[Question]:
    """Questions of the district about this return, oldest first, with their answers."""
    return list(
        Question.objects.filter(return_record=record)
        .select_related("indicator", "asked_by", "answered_by")
        .order_by("id")
    )
