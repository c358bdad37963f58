from collections.abc import Sequence

from django.db.models import Q, QuerySet

from projects.programmes.models import Programme
from reports.indicators.models import Aggregation, Indicator, Period, PeriodKind, PeriodPart


def list_choices() -> list[tuple[str, str]]:
    """(code, name) of the 80 for a picker."""
    return list(Indicator.objects.filter(is_element=False).values_list("code", "name"))


def list_indicators(*, text: str = "", programme: str = "") -> QuerySet[Indicator]:
    """The catalogue by code, name or pinyin."""
    rows = Indicator.objects.select_related("programme", "numerator", "denominator")
    if programme:
        rows = rows.filter(programme__code=programme)
    words = text.replace("\0", "").strip().lower()
    if words:
        rows = rows.filter(
            Q(code__istartswith=words)
            | Q(name__icontains=words)
            | Q(initials__contains=words)
            | Q(pinyin__contains=words)
        )
    return rows


def get_indicator(*, code: str) -> Indicator | None:
    return Indicator.objects.select_related("programme", "numerator", "denominator").filter(code=code).first()


def list_forms_of(indicator: Indicator) -> list[str]:
    """Titles of the forms that collect the indicator, or what it is calculated from."""
    inputs, todo = {indicator.pk}, [indicator]
    by_code = {row.code: row for row in Indicator.objects.select_related("numerator", "denominator")}
    while todo:
        row = todo.pop()
        rule = row.derivation
        parts = [row.numerator, row.denominator, *(by_code[c] for c in rule.get("codes", [rule.get("code")]) if c)]
        for part in parts:
            if part is not None and part.pk not in inputs:
                inputs.add(part.pk)
                todo.append(by_code[part.code])
    fields = Indicator.objects.filter(pk__in=inputs, form_fields__isnull=False)
    return list(
        fields.order_by("form_fields__form__order").values_list("form_fields__form__title", flat=True).distinct()
    )


def list_names() -> dict[str, str]:
    return dict(Indicator.objects.values_list("code", "name"))


def list_programmes() -> list[tuple[str, str]]:
    return list(Programme.objects.values_list("code", "title"))


def list_shown() -> QuerySet[Indicator]:
    """The 80 of the catalogue, without the elements behind ratios."""
    return Indicator.objects.filter(is_element=False).select_related("programme")


def list_headlines(*, first: Indicator) -> list[Indicator]:
    """The indicator, then ratios that schools report every quarter or at a date and that head a programme."""
    heads = Indicator.objects.filter(
        code__in=Programme.objects.values("headline"), aggregation=Aggregation.RATIO
    ).exclude(period_kind=PeriodKind.YEAR)
    return [first, *heads.exclude(pk=first.pk)]


def list_periods() -> QuerySet[Period]:
    return Period.objects.all()


def list_leaves(*, code: str) -> QuerySet[Period]:
    """The period of that code and every period inside it."""
    parts = PeriodPart.objects.filter(whole__code=code).values("part")
    return Period.objects.filter(Q(code=code) | Q(pk__in=parts))


def leaf_keys(periods: Sequence[int]) -> list[int]:
    """These periods and their parts, in keys: wherever facts of theirs may have been reported."""
    return [*periods, *PeriodPart.objects.filter(whole__in=periods).values_list("part_id", flat=True).distinct()]
