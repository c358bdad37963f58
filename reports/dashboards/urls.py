from django.urls import path

from .views import attention, boards, notices, screen, tables, workbench

app_name = "dashboards"

urlpatterns = [
    path("", workbench.workbench, name="workbench"),
    path("inbox/", notices.notices, name="notices"),
    path("screen/", screen.screen, name="screen"),
    path("dashboard/city/", boards.city, name="city"),
    path("dashboard/district/<str:code>/", boards.district, name="district"),
    path("dashboard/zone/<str:code>/", boards.zone, name="zone"),
    path("dashboard/group/<str:code>/", boards.group, name="group"),
    path("dashboard/school/<str:code>/", boards.school, name="school"),
    path("dashboard/unit/<str:level>/<str:code>/", boards.unit, name="unit"),
    path("dashboard/drill/<str:level>/<str:code>/", boards.drill, name="drill"),
    path("dashboard/figures/<str:level>/<str:code>/", boards.all_figures, name="figures"),
    path("dashboard/table/<str:level>/<str:code>/<str:name>/", tables.table, name="table"),
    path("dashboard/attention/<str:level>/<str:code>/", attention.attention, name="attention"),
]
