from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadersConfig(AppConfig):
    name = "projects.leaders"
    verbose_name = "双带头人"

    def ready(self) -> None:
        from districts.models import Role
        from portal.audit.words import register_columns, register_states
        from portal.ui.navigation import PROGRAMMES, Item, register
        from projects.selection import requirements
        from schools.registry.panels import register_panel

        from .models import AssessmentStatus
        from .panel import build_panel
        from .requirements import missing_proofs, no_secretary
        from .selectors.assessments import count_tasks

        register_states("leaders.assessment", AssessmentStatus.choices)
        register_columns("leaders.assessment", meets=_("符合标准"))

        def tasks(request: Any) -> int:
            return count_tasks(scope=request.scope)

        readers = frozenset(Role.values) - {Role.EXPERT, Role.API_CLIENT}
        register(Item(_("双带头人"), "leaders:standing", 45, readers, tasks, group=PROGRAMMES))
        register_panel(20, build_panel)
        requirements.of_applications.append(no_secretary)
        requirements.of_rounds.append(missing_proofs)
