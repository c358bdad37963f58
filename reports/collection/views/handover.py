"""交接清单: what an office has open, for the one who takes it over."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from districts.rules import can_keep_offices, is_own
from districts.selectors.offices import get_office
from portal.accounts.access_rules import holds_office
from reports.collection.selectors.handover import get_handover
from reports.collection.selectors.returns import badge_of


@holds_office
def handover(request: OfficeRequest, pk: int) -> HttpResponse:
    """For the holder and for those who keep the office; colleagues of the same unit have no business here."""
    office = get_office(scope=request.scope, pk=pk)
    keeps = can_keep_offices(request.scope, office.unit)
    if not keeps and not is_own(request.scope, office):
        raise PermissionDenied
    found = get_handover(office=office)
    crumbs = [{"label": _("任职"), "url": reverse("districts:office-list")}] if keeps else []
    context = {
        "handover": found,
        "office": office,
        "waiting": [(record, badge_of(record, reviewing=True)) for record in found.waiting],
        "back": [(record, badge_of(record, reviewing=True)) for record in found.back],
        "upcoming": [(record, badge_of(record)) for record in found.upcoming],
        "keeps": keeps,
        "crumbs": [*crumbs, {"label": _("交接清单"), "url": ""}],
    }
    return render(request, "reports/collection/handover.html", context)
