"""What schools say they report twice."""

from django.db.models import Count, Max, QuerySet

from districts.access import Scope, within
from reports.collection.models import DuplicateReport, Return


def list_form_cells(record: Return) -> list[tuple[str, str]]:
    """(code, name) of the cells of a form, for a choice."""
    fields = record.form.fields.select_related("indicator").order_by("order")
    return [(field.indicator.code, field.indicator.name) for field in fields]


def list_duplicates(*, scope: Scope) -> QuerySet[DuplicateReport]:
    """Every report in the scope, newest first."""
    return (
        within(DuplicateReport.objects.all(), scope)
        .select_related("indicator", "return_record__form", "return_record__period", "return_record__school__district")
        .order_by("-id")
    )


def count_duplicates(*, scope: Scope) -> list[dict[str, object]]:
    """Per indicator: how many schools say so, and when last; the most often named first."""
    return list(
        within(DuplicateReport.objects.all(), scope)
        .values("indicator__code", "indicator__name")
        .annotate(schools=Count("return_record__school", distinct=True), last=Max("created_at"))
        .order_by("-schools", "indicator__code")
    )
