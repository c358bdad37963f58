from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CollectionConfig(AppConfig):
    name = "reports.collection"
    verbose_name = "报送"

    def ready(self) -> None:
        from districts.models import Role
        from portal.audit.naming import register_names, register_private
        from portal.audit.words import register_states
        from portal.ui.navigation import Item, register
        from schools.registry.panels import register_panel

        from .models import ReturnStatus
        from .panel import build_panel
        from .process import FILLERS, REVIEWERS
        from .selectors.private import private_columns_of
        from .selectors.returns import count_queue, count_tasks, name_returns

        register_panel(20, build_panel)
        register_names("collection.return", name_returns)
        register_states("collection.return", ReturnStatus.choices)
        register_private("collection.value", private_columns_of)
        everyone = FILLERS | REVIEWERS | {Role.CITY_ADMIN, Role.CITY_STAFF, Role.INSPECTOR}
        register(
            Item(
                _("审核"), "collection:queue", 20, frozenset(REVIEWERS),
                lambda request: count_queue(scope=request.scope).get("submitted", 0),
                frozenset({"collection:review", "collection:decide"}),
            ),
            Item(
                _("报送"), "collection:list", 30, frozenset(everyone),
                lambda request: count_tasks(scope=request.scope) if request.scope.roles & FILLERS else 0,
            ),
        )  # fmt: skip
