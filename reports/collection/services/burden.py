"""重复填报反馈: what a school has already reported elsewhere, so that the city can stop asking for it twice."""

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from reports.collection.models import DuplicateReport, Return
from reports.collection.rules import may_fill


@transaction.atomic
def report_duplicate(*, actor: User, scope: Scope, return_id: int, code: str, elsewhere: str) -> DuplicateReport:
    """Store what a school says about one cell; said again, the newer words stay.

    Raises DomainError `forbidden` (403) or `unknown_cell`.
    """
    record = Return.objects.select_related("school", "form").get(pk=return_id)
    if not may_fill(scope, record):
        raise DomainError("forbidden", _("只有本校书记和填报员可以反馈。"), status=403)
    field = record.form.fields.filter(indicator__code=code).first()
    if field is None:
        raise DomainError("unknown_cell", _("这张表里没有这一格。"), field="indicator")
    report, _created = DuplicateReport.objects.update_or_create(
        return_record=record, indicator_id=field.indicator_id, defaults={"elsewhere": elsewhere.strip(), "actor": actor}
    )
    return report
