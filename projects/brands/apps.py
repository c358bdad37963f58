from django.apps import AppConfig


class BrandsConfig(AppConfig):
    """Brands, courses and cases in rounds: the lower room keeps them, the engine knows nothing of them."""

    name = "projects.brands"
    verbose_name = "品牌遴选"

    def ready(self) -> None:
        from projects.selection import subjects
        from projects.selection.models import HolderKind
        from schools.showcase.panels import register_panel
        from schools.showcase.uses import register_use

        from .panel import build_panel
        from .selectors import is_entered
        from .subjects import list_brand_subjects, list_case_subjects, list_course_subjects

        subjects.register(HolderKind.BRAND, list_brand_subjects, page="showcase:brand-add")
        subjects.register(HolderKind.COURSE, list_course_subjects, page="showcase:course-add")
        subjects.register(HolderKind.CASE, list_case_subjects, page="showcase:case-add")
        register_panel(build_panel)
        register_use(is_entered)
