from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from projects.selection.links import Link
from projects.selection.models import Designation
from schools.registry.models import School
from schools.registry.panels import Panel

from .models import Topic
from .selectors.calls import CLOSED_KIND, KIND
from .selectors.practices import list_at_school
from .selectors.topics import duty_of, list_of_school


def build_panel(scope: Scope, school: School) -> Panel:
    """The school's topics, and the topics whose results it applies, on the school's page."""
    from .views.words import duty_badge

    rows = list_of_school(scope=scope, school_id=school.pk)
    topics = [(topic, duty_badge(topic, duty_of(topic))) for topic in rows]
    applied = [(row, row.topic.school_id == school.pk) for row in list_at_school(school)]
    link = f"{reverse('topics:topics')}?school={school.code}"
    context = {"topics": topics, "applied": applied}
    return Panel(_("党建课题"), "topics/panel.html", context, link if topics else "", _("全部"))


def link_to_topic(row: Designation) -> Link | None:
    """On the page of a topic's title, and of its title after the closing. Needs `kind` selected."""
    if row.kind.code not in (KIND, CLOSED_KIND):
        return None
    title = row.predecessor_id if row.kind.code == CLOSED_KIND else row.pk
    pk = Topic.objects.filter(designation=title).values_list("pk", flat=True).first()
    return Link(_("课题进展"), reverse("topics:topic", args=[pk])) if pk else None
