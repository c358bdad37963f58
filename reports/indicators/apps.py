from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    name = "reports.indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        from portal.ui.navigation import Item, register

        register(Item(_("口径"), "indicators:catalogue", 80))
