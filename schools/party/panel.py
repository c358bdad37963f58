from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from schools.registry.models import School
from schools.registry.panels import Panel

from .checks import check_setup
from .rules import sees_members
from .selectors import list_tree


def build_panel(scope: Scope, school: School) -> Panel:
    """The Party organisations on the school's page."""
    nodes, members = list_tree(scope=scope, school=school), sees_members(scope, school)
    findings = check_setup(school, nodes, members=members) if nodes else []
    context = {"nodes": nodes, "findings": len(findings), "members": members}
    link = reverse("party:school", args=[school.code])
    return Panel(_("党组织"), "schools/party/panel.html", context, link, _("全部"))
