from django.contrib import admin

from portal.accounts.console import ReadOnlyAdmin

from .models import PartyOrganisation


@admin.register(PartyOrganisation)
class PartyOrganisationAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "kind", "school", "full_members", "term_end", "valid_to")
    list_select_related = ("school",)
    list_filter = ("kind",)
    search_fields = ("code", "name", "school__name")
    exclude = ("pinyin", "initials", "also_serves")
