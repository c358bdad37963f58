from django.contrib import admin

from portal.accounts.console import ReadOnlyAdmin

from .models import District, Office, Zone


@admin.register(District)
class DistrictAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "kind", "region", "valid_from", "valid_to")
    list_filter = ("region", "kind")
    search_fields = ("code", "name", "initials")
    exclude = ("pinyin", "initials")


@admin.register(Zone)
class ZoneAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "district", "valid_to")
    list_select_related = ("district",)
    search_fields = ("code", "name")
    exclude = ("pinyin", "initials")


@admin.register(Office)
class OfficeAdmin(ReadOnlyAdmin):
    list_display = ("user", "role", "unit", "valid_from", "valid_to")
    list_select_related = ("user", "unit")
    list_filter = ("role",)
    search_fields = ("user__username", "user__display_name", "unit__code", "unit__name")
