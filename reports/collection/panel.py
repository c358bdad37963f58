from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from schools.registry.models import School
from schools.registry.panels import Panel

from .selectors.returns import badge_of, list_returns

SHOWN = 6


def build_panel(scope: Scope, school: School) -> Panel:
    """The latest returns on the school's page."""
    returns = list_returns(scope=scope, filters={"school": school.code})[:SHOWN]
    link = f"{reverse('collection:list')}?q={school.name}"
    rows = [(record, badge_of(record)) for record in returns]
    return Panel(_("近期报送"), "reports/collection/panel_returns.html", {"rows": rows}, link, _("全部"))
