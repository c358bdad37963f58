from django.urls import path

from .views import audit, office_import, offices, search, tokens

app_name = "districts"

urlpatterns = [
    path("search/", search.search, name="search"),
    path("changes/", audit.change_list, name="audit"),
    path("offices/", offices.office_list, name="office-list"),
    path("offices/import/", office_import.upload, name="office-import"),
    path("offices/import/template/", office_import.template, name="office-template"),
    path("offices/import/preview/", office_import.preview, name="office-import-preview"),
    path("offices/import/confirm/", office_import.confirm, name="office-import-confirm"),
    path("offices/import/passwords/", office_import.passwords, name="office-passwords"),
    path("offices/at/<str:code>/", offices.appoint_at, name="appoint"),
    path("offices/first-password/", offices.first_password, name="first-password"),
    path("offices/<int:pk>/", offices.office_page, name="office"),
    path("offices/<int:pk>/hand-over/", offices.hand_over_office, name="hand-over"),
    path("offices/<int:pk>/end/", offices.end, name="end-office"),
    path("offices/<int:pk>/password/", offices.new_password, name="reset-password"),
    path("offices/<int:pk>/unlock/", offices.unlock, name="unlock"),
    path("offices/<int:pk>/second-factor/", offices.second_factor, name="clear-second-factor"),
    path("tokens/", tokens.token_list, name="token-list"),
    path("tokens/add/", tokens.token_add, name="token-add"),
    path("tokens/<str:digest>/revoke/", tokens.token_revoke, name="token-revoke"),
]
