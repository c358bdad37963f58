from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from districts.models import Level
from districts.requests import OfficeRequest
from reports.collection.models import Return


def crumbs_of(request: OfficeRequest, record: Return, *, reviewing: bool = False) -> list[dict[str, Any]]:
    """巫溪县 › 云台中学 › 报送 › form; a link only where the user has scope."""
    school, scope = record.school, request.scope
    sees_district = scope.sees_city or school.district_id in scope.unit_ids(Level.DISTRICT)
    # The boards are a higher room: their addresses are known by name only.
    district = reverse("dashboards:district", args=[school.district.code]) if sees_district else ""
    return [
        {"label": school.district.name, "url": district},
        {"label": school.label, "url": reverse("dashboards:school", args=[school.code])},
        {"label": _("审核"), "url": reverse("collection:queue")}
        if reviewing
        else {"label": _("报送"), "url": reverse("collection:list")},
        {"label": f"{record.form.title}　{record.period.name}", "url": ""},
    ]
