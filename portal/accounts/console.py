"""The superuser's console: a window, not a second way in. Writes go through the pages, with their rules and history.

Registered models are shown read-only. What the console may change are accounts' technical flags alone.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

admin.site.site_header = "中小学党建管理平台　管理后台"
admin.site.site_title = "管理后台"
admin.site.index_title = "只供查看；办理请用平台页面"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nobody adds, changes or removes anything here; a superuser may look."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)
