from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from schools.registry.models import School
from schools.registry.panels import Panel

from .selectors.designations import list_designations
from .views.words import designation_badge

# So many stand on the school's page; the register has all of them.
SHOWN = 8


def build_panel(scope: Scope, school: School) -> Panel:
    """Titles and honours of the school and of what belongs to it, newest first, on the school's page."""
    rows = list_designations(scope=scope, filters={"school": school.code})[:SHOWN]
    titles = [(row, designation_badge(row)) for row in rows]
    link = f"{reverse('selection:designations')}?school={school.code}"
    return Panel(_("称号和荣誉"), "selection/school_panel.html", {"titles": titles}, link if titles else "", _("全部"))
