from django.urls import path

from .views import catalogue, targets

app_name = "indicators"

urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("changes/", catalogue.change_log, name="changes"),
    path("targets/", targets.target_table, name="targets"),
    path("targets/import/", targets.target_import, name="target-import"),
    path("targets/history/", targets.target_history, name="target-history"),
    path("<str:code>/", catalogue.detail, name="detail"),
]
