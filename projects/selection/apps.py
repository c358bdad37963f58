from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SelectionConfig(AppConfig):
    name = "projects.selection"
    verbose_name = "遴选"

    def ready(self) -> None:
        from districts.duties import register_duties
        from districts.models import Role
        from districts.news import Source, register_news
        from portal.ui.navigation import PROGRAMMES, Item, register
        from schools.registry.panels import register_panel

        from . import words  # noqa: F401
        from .panel import build_panel
        from .rules.access import DISTRICT_ROLES, KEEPERS, SUBMITTERS
        from .selectors import duties, news
        from .selectors.sheets import count_open_sheets

        expert = frozenset({Role.EXPERT})
        register_duties(SUBMITTERS, duties.list_applicant_duties)
        register_duties(DISTRICT_ROLES, duties.list_district_duties)
        register_duties(expert, duties.list_expert_duties)
        register_duties(KEEPERS, duties.list_keeper_duties)
        readers = SUBMITTERS | KEEPERS | expert
        register_news(Source(readers, news.read_selection_news, news.count_selection_news))

        register_panel(23, build_panel)

        def open_sheets(request: Any) -> int:
            return count_open_sheets(scope=request.scope)

        everybody = frozenset(Role.values) - {Role.EXPERT, Role.API_CLIENT}
        register(
            Item(_("遴选"), "selection:rounds", 50, everybody, group=PROGRAMMES),
            Item(_("称号"), "selection:designations", 55, everybody, group=PROGRAMMES),
            Item(_("评审"), "selection:panel", 10, expert, open_sheets),
            Item(_("回避声明"), "selection:ties", 11, expert),
        )
