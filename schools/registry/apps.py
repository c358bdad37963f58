from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "schools.registry"
    verbose_name = "学校"

    def ready(self) -> None:
        from districts.access import extend_scope
        from districts.models import Office

        extend_scope(Office, district="unit__as_school__district")
