from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "reports.statistics"
    verbose_name = "统计接口"
