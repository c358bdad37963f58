from django.apps import AppConfig


class PartyConfig(AppConfig):
    name = "schools.party"
    verbose_name = "党组织"

    def ready(self) -> None:
        from districts.access import extend_scope
        from districts.models import Office, Unit
        from portal.audit.naming import register_private
        from schools.registry.panels import register_panel

        from .panel import build_panel
        from .rules import private_columns_of

        register_panel(10, build_panel)
        register_private("party.partyorganisation", private_columns_of)

        extend_scope(
            Office,
            district="unit__as_organisation__school__district",
            school="unit__as_organisation__school",
        )
        extend_scope(Unit, district="as_organisation__school__district", school="as_organisation__school")
