from django.utils.translation import gettext as _

from districts.access import Scope
from projects.selection.selectors.designations import counts_today
from schools.registry.panels import Panel
from schools.showcase.models import Brand, Exhibit

from .selectors import kind_of, list_fares, list_titles


def build_panel(scope: Scope, shown: Brand | Exhibit) -> Panel:
    """Rounds with their scores, and titles, on the page of a brand, a course or a case."""
    kind = kind_of(shown)
    titles = [(row, counts_today(row)) for row in list_titles(scope=scope, kind=kind, subject_id=shown.pk)]
    context = {"fares": list_fares(scope=scope, kind=kind, subject_id=shown.pk), "titles": titles}
    return Panel(_("遴选和称号"), "brands/panel.html", context)
