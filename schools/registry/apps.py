from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "schools.registry"
    verbose_name = "学校"

    def ready(self) -> None:
        from districts.access import extend_scope
        from districts.models import Office, Unit
        from portal.audit.words import register_columns
        from portal.ui.navigation import Item, register

        extend_scope(Office, district="unit__as_school__district")
        extend_scope(Unit, district="as_school__district")
        extend_scope(Unit, district="as_group__schools__district")
        register(Item(_("学校"), "registry:list", 40))
        register_columns("registry.schoolsuccession", from_school_id=_("原学校"), to_school_id=_("承接学校"))
