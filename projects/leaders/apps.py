from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadersConfig(AppConfig):
    name = "projects.leaders"
    verbose_name = "双带头人"

    def ready(self) -> None:
        from districts.models import Role
        from portal.ui.navigation import Item, register
        from projects.selection import requirements
        from schools.registry.panels import register_panel

        from .panel import build_panel
        from .requirements import missing_proofs, no_secretary
        from .selectors.assessments import count_tasks

        def tasks(request: Any) -> int:
            return count_tasks(scope=request.scope)

        readers = frozenset(Role.values) - {Role.EXPERT, Role.API_CLIENT}
        register(Item(_("双带头人"), "leaders:standing", 45, readers, tasks))
        register_panel(20, build_panel)
        requirements.of_applications.append(no_secretary)
        requirements.of_rounds.append(missing_proofs)
