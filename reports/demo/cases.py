"""Cases and score sheets of the demo's rounds, in bulk: what each would have become step by step. 演示数据."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone

from portal.ui.formats import show_figure
from portal.workflow.models import Event
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    Criterion,
    HolderKind,
    Mark,
    Round,
    Version,
)
from projects.selection.process import APPLICATION_PROCESS, SHEET_PROCESS
from projects.selection.services.notes import leave_notes
from reports.indicators.models import Indicator, Period
from reports.rollup.selectors import CellQuery
from reports.rollup.selectors.schools import read_school_cells
from schools.registry.models import School

from .rounds import answers_of, clerks_of, reviewer_of


def hand_in(round_: Round, schools: Sequence[School], *, known_on: date) -> list[Application]:
    """One case a school: written by its clerk, handed in, found eligible by the district's reviewer.

    `known_on`: the day whose figures are pulled in.
    """
    clerks, figures = clerks_of(schools), _known_figures(round_, schools, known_on)
    cases = Application.objects.bulk_create(
        Application(
            round=round_, status=ApplicationStatus.DISTRICT_REVIEW, lock_version=2, holder_kind=HolderKind.SCHOOL,
            school=school, district_id=school.district_id, submitted_at=timezone.now(),
        )
        for school in schools
    )  # fmt: skip
    Version.objects.bulk_create(
        Version(
            application=case, number=1, answers=answers_of(case.school, number),
            figures=figures.get(case.school_id, {}), saved_by_id=clerks[case.school_id], frozen_at=timezone.now(),
        )
        for number, case in enumerate(cases)
    )  # fmt: skip
    reviewers = {pk: reviewer_of(pk).actor.pk for pk in {case.district_id for case in cases}}
    Event.objects.bulk_create(
        Event(
            process=APPLICATION_PROCESS.name, object_id=case.pk, action=action, source=source, target=target,
            version=version, actor_id=actor, payload=payload,
        )
        for case in cases
        for version, (action, source, target, actor, payload) in enumerate(
            (
                ("submit", "draft", "submitted", clerks[case.school_id], {"version": 1}),
                ("accept", "submitted", "district_review", reviewers[case.district_id], {}),
            )
        )
    )  # fmt: skip
    leave_notes(cases)
    return cases


def _known_figures(round_: Round, schools: Sequence[School], on: date) -> dict[int, dict[str, dict[str, str]]]:
    """What the portal knew of each school on that day: school → question → figure, as a case pulls them in, at once."""
    codes = {question.indicator: question.code for question in round_.questions.exclude(indicator="")}
    indicators = {row.pk: row for row in Indicator.objects.filter(code__in=codes)}
    kinds = {row.period_kind for row in indicators.values()}
    last = Period.objects.filter(kind__in=kinds, end__lt=on).order_by("kind", "-end").distinct("kind")
    periods = {row.pk: row for row in last}
    query = CellQuery(indicators=list(indicators), periods=list(periods), units=[school.pk for school in schools])
    found: dict[int, dict[str, dict[str, str]]] = {}
    for cell in read_school_cells(query):
        indicator, period = indicators[cell.indicator_id], periods[cell.period_id]
        if cell.value is not None and period.kind == indicator.period_kind:
            value = f"{show_figure(cell.value, decimals=indicator.decimals)}{indicator.unit_of_measure}"
            figure = {"value": value, "label": period.name, "as_of": period.end.isoformat()}
            found.setdefault(cell.unit_id, {})[codes[indicator.code]] = figure
    return found


def record_sheets(
    sheets: Sequence[Assignment], criteria: Sequence[Criterion], *,
    points: Callable[[Assignment, Criterion], Decimal], comment: Callable[[Assignment], str],
) -> None:  # fmt: skip
    """Each of these sheets declared free of conflicts, filled in and submitted. They come with `expert.office`."""
    Mark.objects.bulk_create(
        Mark(assignment=sheet, criterion=row, points=points(sheet, row)) for sheet in sheets for row in criteria
    )
    now = timezone.now()
    for sheet in sheets:
        sheet.status, sheet.lock_version, sheet.declared_at, sheet.submitted_at, sheet.comment = (
            AssignmentStatus.SUBMITTED, 1, now, now, comment(sheet),
        )  # fmt: skip
    Assignment.objects.bulk_update(sheets, ["status", "lock_version", "declared_at", "submitted_at", "comment"])
    Event.objects.bulk_create(
        Event(
            process=SHEET_PROCESS.name, object_id=sheet.pk, action="submit", source="assigned", target="submitted",
            version=0, actor_id=sheet.expert.office.user_id,
        )
        for sheet in sheets
    )  # fmt: skip
