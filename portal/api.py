"""Composition root of the REST interface, version 1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from districts.api import UnitList
from reports.collection.api import FormList, ReturnDetail, ReturnList, ReturnSubmit
from reports.indicators.api import IndicatorList, PeriodList
from reports.statistics.api import CellList

app_name = "api"

urlpatterns = [
    path("statistics/cells/", CellList.as_view(), name="cell-list"),
    path("units/", UnitList.as_view(), name="unit-list"),
    path("indicators/", IndicatorList.as_view(), name="indicator-list"),
    path("periods/", PeriodList.as_view(), name="period-list"),
    path("forms/", FormList.as_view(), name="form-list"),
    path("returns/", ReturnList.as_view(), name="return-list"),
    path("returns/<int:pk>/", ReturnDetail.as_view(), name="return-detail"),
    path("returns/<int:pk>/submit/", ReturnSubmit.as_view(), name="return-submit"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
]
