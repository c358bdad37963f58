from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from schools.registry.models import School
from schools.registry.panels import Panel

from .rules import can_fill
from .selectors.brands import list_brands


def build_panel(scope: Scope, school: School) -> Panel:
    """The school's brands in use, on the school's page; those of its group among them."""
    brands = list(list_brands(scope=scope, filters={"school": school.code, "state": "active"})[:12])
    link = f"{reverse('showcase:brands')}?school={school.code}"
    context = {"brands": brands, "may_fill": can_fill(scope, school), "code": school.code}
    return Panel(_("党建品牌"), "schools/showcase/panel.html", context, link if brands else "", _("全部"))
