from django.urls import reverse
from django.utils.translation import gettext as _

from reports.collection.models import Return


def crumbs_of(record: Return) -> list[dict[str, str]]:
    """重庆市 › 巫溪县 › 云台中学 › 报送 › form."""
    school = record.school
    return [
        {"label": school.district.name, "url": ""},
        {"label": school.label, "url": ""},
        {"label": _("报送"), "url": reverse("collection:list")},
        {"label": f"{record.form.title}　{record.period.name}", "url": ""},
    ]
