from django.apps import AppConfig


class RollupConfig(AppConfig):
    name = "reports.rollup"
    verbose_name = "汇总"
