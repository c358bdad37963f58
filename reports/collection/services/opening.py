"""Opening returns: every school of a form's audience gets its return for a period, with what is already known."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope, get_within
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from reports.collection import consequences
from reports.collection.models import Form, Return
from reports.collection.process import FILLERS
from reports.indicators.models import Period, PeriodKind
from schools.registry.models import School

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
        opened = int(cursor.rowcount)
    if opened:
        for run in consequences.on_opened:
            run(period.pk)
    return opened


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


@transaction.atomic
def ensure_return(*, actor: User, scope: Scope, form_code: str, period_code: str, school_code: str) -> Return:
    """The return of a school for a form and period, created if its window is open and it was not there.

    Http404 for a school outside the scope; DomainError `not_open` or `not_due` when there is nothing to fill.
    """
    school = get_within(School.objects.all(), scope, code=school_code)
    form = Form.objects.filter(code=form_code).first()
    period = Period.objects.filter(code=period_code).first()
    if form is None or period is None or not collects(form, period):
        raise DomainError("not_due", _("这张表不收集这个时期，请核对 form 和 period。"))
    opens, _due_day, closes = window(form, period)
    if not Return.objects.filter(form=form, period=period, school=school).exists():
        if not opens <= timezone.localdate() <= closes:
            raise DomainError(
                "not_open", _("报送期为 %(from)s 至 %(to)s，现在不能新建。") % {"from": opens, "to": closes}
            )
        if not scope.roles_at(school.pk) & FILLERS:
            raise DomainError("forbidden", _("只有本校书记和填报员可以填报。"), status=403)
        open_returns(form=form, period=period)
    return Return.objects.select_related("form", "period", "school__district").get(
        form=form, period=period, school=school
    )
