"""Composition root of the pages: one line a slice. What a slice serves stands in its own urls.py."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/", include("portal.health.urls")),
    path("accounts/", include("portal.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("units/", include("districts.urls")),
    path("schools/", include("schools.registry.urls")),
    path("party/", include("schools.party.urls")),
    path("showcase/", include("schools.showcase.urls")),
    path("selection/", include("projects.selection.urls")),
    path("creation/", include("projects.creation.urls")),
    path("leaders/", include("projects.leaders.urls")),
    path("topics/", include("projects.topics.urls")),
    path("notices/", include("projects.selection.public_urls")),
    path("indicators/", include("reports.indicators.urls")),
    path("returns/", include("reports.collection.urls")),
    path("api/v1/", include("portal.api")),
    path("", include("reports.dashboards.urls")),
]

handler500 = "portal.health.views.server_error"
