from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from projects.selection.links import Link
from projects.selection.models import Designation
from schools.registry.models import School
from schools.registry.panels import Panel

from .selectors.builds import duty_of, list_of_school, list_papers, timeline_of


def build_panel(scope: Scope, school: School) -> Panel:
    """The school's builds, as a timeline, on the school's page."""
    builds = [
        (build, duty_of(build), timeline_of(build, list_papers(build)))
        for build in list_of_school(scope=scope, school_id=school.pk)
    ]
    link = f"{reverse('creation:builds')}?school={school.code}"
    return Panel(_("双创建"), "creation/panel.html", {"builds": builds}, link if builds else "", _("在建单位"))


def link_to_build(row: Designation) -> Link | None:
    """On the page of a title that is built. Needs `kind__programme` or the kind selected."""
    if not row.kind.is_built or row.kind.programme is None or row.kind.programme.code != "dual_creation":
        return None
    return Link(_("建设进展"), reverse("creation:build", args=[row.pk]))
