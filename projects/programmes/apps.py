from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "projects.programmes"
    verbose_name = "五双工程"
