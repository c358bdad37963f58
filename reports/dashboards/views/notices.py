"""动态: opened by the bell."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from reports.dashboards.selectors.notices import list_notices
from reports.dashboards.services import mark_notices_seen


@holds_office
def notices(request: OfficeRequest) -> HttpResponse:
    """The notices; having looked at them is remembered, so that the bell is silent afterwards."""
    now = timezone.now()
    found = list_notices(scope=request.scope)
    mark_notices_seen(actor=request.user, until=now)
    context = {"notices": found, "crumbs": [{"label": _("动态"), "url": ""}]}
    return render(request, "reports/dashboards/notices.html", context)
