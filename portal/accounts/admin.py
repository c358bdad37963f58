from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .console import ReadOnlyAdmin
from .models import User


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """An account can be switched off here at once; everything else is done on the pages."""

    list_display = ("username", "display_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("username", "display_name")
    fields = ("username", "display_name", "email", "is_active", "is_superuser", "last_login", "date_joined")
    readonly_fields = ("username", "display_name", "email", "is_superuser", "last_login", "date_joined")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)
