from django.apps import AppConfig


class PartyConfig(AppConfig):
    name = "schools.party"
    verbose_name = "党组织"

    def ready(self) -> None:
        from districts.access import extend_scope
        from districts.models import Office

        extend_scope(
            Office,
            district="unit__as_organisation__school__district",
            school="unit__as_organisation__school",
        )
