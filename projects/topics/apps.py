from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TopicsConfig(AppConfig):
    name = "projects.topics"
    verbose_name = "党建课题"

    def ready(self) -> None:
        from districts.duties import register_duties
        from districts.models import Role
        from portal.ui.navigation import PROGRAMMES, Item, register
        from projects.selection import consequences, links, requirements, subjects
        from projects.selection.models import HolderKind
        from projects.selection.rules.access import SUBMITTERS
        from schools.registry.panels import register_panel
        from schools.showcase.uses import register_use

        from . import words  # noqa: F401
        from .panel import build_panel, link_to_topic
        from .reminders import OVERSEERS, remind
        from .requirements import missing_for_topics, not_applicable
        from .selectors.calls import list_applicable
        from .selectors.practices import is_applied
        from .selectors.topics import count_tasks
        from .services.awards import award_topic, follow_title

        def tasks(request: Any) -> int:
            return count_tasks(scope=request.scope)

        readers = frozenset(Role.values) - {Role.EXPERT, Role.API_CLIENT}
        register(Item(_("课题"), "topics:topics", 47, readers, tasks, group=PROGRAMMES))
        register_panel(22, build_panel)
        register_duties(SUBMITTERS | OVERSEERS, remind)
        subjects.register(HolderKind.TOPIC, list_applicable, page="topics:register")
        requirements.of_applications.append(not_applicable)
        requirements.of_rounds.append(missing_for_topics)
        consequences.on_designated.append(award_topic)
        consequences.on_designation_changed.append(follow_title)
        register_use(is_applied)
        links.of_designations.append(link_to_topic)
