"""What is due next in a build, and when: said once, for a row in hand and for the database."""

from datetime import timedelta

from django.db.models import (
    CharField,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Case, When
from django.db.models.functions import Cast, Coalesce

from projects.selection.models import Designation, DesignationStatus

from .models import OPEN, Paper, PaperKind, PaperStatus, Result

# A plan is handed in within two months of the designation.
PLAN_DAYS = 60
# One that was opened again, within so many days.
PLAN_AGAIN_DAYS = 30
# What falls due within so many days is shown as due soon.
SOON_DAYS = 60
# A report may be begun so many days before it is due.
EARLY_DAYS = 90

BUILDING = (
    DesignationStatus.CULTIVATING,
    DesignationStatus.RECTIFYING,
    DesignationStatus.PASSED_MIDTERM,
    DesignationStatus.DELAYED,
)
# Kinds of the programme that begin as a build, and are therefore checked.
IS_BUILD = Q(kind__programme__code="dual_creation") & (
    Q(kind__has_acceptance=True) | Q(kind__midterm_months__isnull=False)
)


def _days(count: int) -> Value:
    return Value(timedelta(days=count), output_field=DurationField())


def with_duties(rows: "QuerySet[Designation]") -> "QuerySet[Designation]":
    """Builds with `next_kind` and `next_due` of the paper to be settled next, `brand`, `paper_pk`, `paper_status`.

    `next_kind` is empty for builds that have ended.
    """
    papers = Paper.objects.filter(designation=OuterRef("pk"))
    opened = papers.filter(status__in=OPEN)
    ordered = papers.filter(result=Result.RECTIFY).order_by("-id")
    cultivating = Q(status=DesignationStatus.CULTIVATING)
    rows = rows.annotate(
        brand=Coalesce(Subquery(papers.filter(kind=PaperKind.PLAN).values("brand")[:1]), Value("")),
        has_plan=Exists(papers.filter(kind=PaperKind.PLAN, status=PaperStatus.SETTLED)),
        paper_pk=Subquery(opened.values("pk")[:1]),
        paper_status=Coalesce(Subquery(opened.values("status")[:1]), Value("")),
        rectify_until=Subquery(ordered.values("until")[:1]),
    )
    rows = rows.annotate(
        next_kind=Case(
            When(cultivating & Q(has_plan=False), then=Value(PaperKind.PLAN.value)),
            When(cultivating & Q(midterm_due__isnull=False), then=Value(PaperKind.MIDTERM.value)),
            When(Q(status=DesignationStatus.RECTIFYING), then=Value(PaperKind.RECTIFICATION.value)),
            When(Q(status__in=BUILDING), then=Value(PaperKind.ACCEPTANCE.value)),
            default=Value(""),
            output_field=CharField(),
        )
    )
    first_due = Cast(ExpressionWrapper(F("valid_from") + _days(PLAN_DAYS), output_field=DateField()), DateField())
    # A plan that was opened again has a day of its own.
    plan_due = Coalesce(Subquery(papers.filter(kind=PaperKind.PLAN).values("due_on")[:1]), first_due)
    return rows.annotate(
        next_due=Case(
            When(next_kind=PaperKind.PLAN, then=plan_due),
            When(next_kind=PaperKind.MIDTERM, then=F("midterm_due")),
            When(next_kind=PaperKind.RECTIFICATION, then=Coalesce(F("rectify_until"), F("midterm_due"))),
            When(next_kind=PaperKind.ACCEPTANCE, then=F("valid_to")),
            output_field=DateField(),
        )
    )
