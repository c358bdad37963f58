from django.contrib import admin

from portal.accounts.console import ReadOnlyAdmin

from .models import School, SchoolGroup


@admin.register(School)
class SchoolAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "district", "kind", "area_type", "valid_to")
    list_select_related = ("district",)
    list_filter = ("kind", "area_type", "ownership")
    search_fields = ("code", "name", "initials")
    exclude = ("pinyin", "initials")


@admin.register(SchoolGroup)
class SchoolGroupAdmin(ReadOnlyAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")
    exclude = ("pinyin", "initials")
