from django.urls import path
from health_check.views import HealthCheckView

urlpatterns = [
    path(
        "",
        HealthCheckView.as_view(checks=["health_check.Database", "health_check.Cache"]),
        name="health",
    ),
]
