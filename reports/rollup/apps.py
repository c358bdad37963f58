from django.apps import AppConfig


class RollupConfig(AppConfig):
    name = "reports.rollup"
    verbose_name = "汇总"

    def ready(self) -> None:
        from reports.collection import consequences

        from .services.facts import remove_facts, write_facts

        consequences.on_approved.append(write_facts)
        consequences.on_withdrawn.append(remove_facts)
