from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "reports.indicators"
    verbose_name = "指标"
