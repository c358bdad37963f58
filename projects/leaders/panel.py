from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from schools.registry.models import School
from schools.registry.panels import Panel

from .selectors.standing import STATES, describe_posts, list_posts


def build_panel(scope: Scope, school: School) -> Panel:
    """The secretaries' posts on the school's page."""
    keys = list_posts(scope=scope, on=timezone.localdate(), filters={"school": school.code})
    posts = [(post, STATES[post.state]) for post in describe_posts(keys)]
    link = f"{reverse('leaders:posts')}?school={school.code}"
    return Panel(_("双带头人"), "leaders/panel.html", {"posts": posts}, link, _("全部"))
