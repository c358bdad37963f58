from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DashboardsConfig(AppConfig):
    name = "reports.dashboards"
    verbose_name = "看板"

    def ready(self) -> None:
        from districts.models import Role
        from districts.news import Source, hears, register_news
        from portal.ui.navigation import Item, register, register_bell
        from reports.collection.process import FILLERS, REVIEWERS

        from .selectors.notices import count_new_notices, count_returns, read_returns

        register_news(Source(FILLERS | REVIEWERS, read_returns, count_returns))

        register(
            Item(_("工作台"), "dashboards:workbench", 0),
            Item(_("总览"), "dashboards:city", 10, frozenset({Role.CITY_ADMIN, Role.CITY_STAFF, Role.INSPECTOR})),
        )
        bell = Item(_("动态"), "dashboards:notices", 0, count=lambda request: count_new_notices(scope=request.scope))
        register_bell(bell, lambda request: hears(request.scope))
