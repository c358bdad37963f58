"""Opening returns: every school of a form's audience gets its return for a period, with what is already known."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from reports.collection.models import Form
from reports.indicators.models import Period, PeriodKind

# Everybody who existed at the end of the period and belongs to the audience; the district is that of the day.
OPEN = """
INSERT INTO collection_return (form_id, period_id, school_id, district_id, status, lock_version,
    opens_on, due_on, closes_on, note)
SELECT %(form)s, %(period)s, s.unit_id, a.district_id, 'draft', 0, %(opens)s, %(due)s, %(closes)s, ''
FROM registry_school s
JOIN districts_unit u ON u.id = s.unit_id
    AND (u.valid_from IS NULL OR u.valid_from <= %(end)s) AND (u.valid_to IS NULL OR u.valid_to > %(end)s)
JOIN districts_affiliation a ON a.unit_id = s.unit_id
    AND a.valid_from <= %(end)s AND (a.valid_to IS NULL OR a.valid_to > %(end)s)
WHERE (%(kinds)s::text[] = '{}' OR s.kind = ANY(%(kinds)s))
    AND (%(ownerships)s::text[] = '{}' OR s.ownership = ANY(%(ownerships)s))
ON CONFLICT (form_id, period_id, school_id) DO NOTHING"""


def window(form: Form, period: Period) -> tuple[date, date, date]:
    """First day, due day and last day on which the form can be handed in for the period."""
    return (
        period.end + timedelta(days=form.open_days),
        period.end + timedelta(days=form.due_days),
        period.end + timedelta(days=form.due_days + form.late_days),
    )


def collects(form: Form, period: Period) -> bool:
    """Whether the form is filled for this period."""
    if form.period_kind != period.kind or form.valid_from > period.end:
        return False
    if form.valid_to and form.valid_to < period.end:
        return False
    return form.period_kind != PeriodKind.AS_OF or not form.months or period.end.month in form.months


@transaction.atomic
def open_returns(*, form: Form, period: Period) -> int:
    """Create the missing returns of a form for a period; returns how many. Safe to run again (late joiners)."""
    opens, due, closes = window(form, period)
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN,
            {
                "form": form.pk,
                "period": period.pk,
                "opens": opens,
                "due": due,
                "closes": closes,
                "end": period.end,
                "kinds": form.kinds,
                "ownerships": form.ownerships,
            },
        )
        return int(cursor.rowcount)


def open_due_returns(*, today: date | None = None) -> int:
    """Open every form whose window is open today; returns how many returns were created. Run daily by beat."""
    day = today or timezone.localdate()
    created = 0
    for form in Form.objects.all():
        ended = Period.objects.filter(kind=form.period_kind, end__lt=day, end__gte=day - timedelta(days=60))
        for period in ended:
            opens, _due, closes = window(form, period)
            if collects(form, period) and opens <= day <= closes:
                created += open_returns(form=form, period=period)
    return created
