from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShowcaseConfig(AppConfig):
    name = "schools.showcase"
    verbose_name = "品牌展示"

    def ready(self) -> None:
        from districts.duties import register_duties
        from districts.models import Role
        from portal.ui.navigation import PROGRAMMES, Item, register
        from schools.registry.panels import register_panel

        from .panel import build_panel
        from .reminders import remind
        from .rules import FILLERS

        readers = frozenset(Role.values) - {Role.EXPERT, Role.API_CLIENT}
        register(Item(_("品牌"), "showcase:brands", 48, readers, group=PROGRAMMES))
        register_panel(15, build_panel)
        register_duties(FILLERS | {Role.BRANCH_SECRETARY}, remind)
