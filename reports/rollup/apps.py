from django.apps import AppConfig


class RollupConfig(AppConfig):
    name = "reports.rollup"
    verbose_name = "汇总"

    def ready(self) -> None:
        from projects.selection import known_figures
        from reports.collection import consequences

        from .known_figures import approved_figures
        from .services.facts import expect_returns, remove_facts, write_facts

        consequences.on_approved.append(write_facts)
        consequences.on_withdrawn.append(remove_facts)
        consequences.on_opened.append(expect_returns)
        known_figures.providers.append(approved_figures)
