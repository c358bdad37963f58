from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreationConfig(AppConfig):
    name = "projects.creation"
    verbose_name = "双创建"

    def ready(self) -> None:
        from districts.duties import register_duties
        from districts.models import Role
        from portal.ui.navigation import PROGRAMMES, Item, register
        from projects.selection import links
        from projects.selection.rules.access import FILLERS
        from schools.registry.panels import register_panel

        from . import words  # noqa: F401
        from .panel import build_panel, link_to_build
        from .reminders import OVERSEERS, remind
        from .selectors.builds import count_tasks

        def tasks(request: Any) -> int:
            return count_tasks(scope=request.scope)

        readers = frozenset(Role.values) - {Role.EXPERT, Role.API_CLIENT}
        register(Item(_("双创建"), "creation:builds", 46, readers, tasks, group=PROGRAMMES))
        register_panel(21, build_panel)
        register_duties(FILLERS | OVERSEERS, remind)
        links.of_designations.append(link_to_build)
