from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DistrictsConfig(AppConfig):
    name = "districts"
    verbose_name = "区县与任职"

    def ready(self) -> None:
        from portal.audit.naming import register_names
        from portal.audit.words import register_columns
        from portal.ui.navigation import KEEPING, Item, register

        from . import api_schema  # noqa: F401
        from .models import Role
        from .selectors.audit import READERS
        from .selectors.offices import name_offices

        keepers = frozenset({Role.CITY_ADMIN, Role.DISTRICT_ADMIN})
        register(
            Item(_("任职"), "districts:office-list", 60, keepers, group=KEEPING),
            Item(_("变更记录"), "districts:audit", 70, READERS, group=KEEPING),
        )
        register_names("districts.office", name_offices)
        register_columns(
            "districts.officetoken", expiry=_("到期"), created=_("新建"), user_id=_("持有人"), token_key=_("令牌开头")
        )
        register_columns("districts.districtsuccession", from_district_id=_("原区县"), to_district_id=_("承接区县"))
        register_columns("audit", reason=_("原因"))
        register_columns("districts.district", tile_row=_("位置图的行"), tile_column=_("位置图的列"))
