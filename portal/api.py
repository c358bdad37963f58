"""Composition root of the REST interface, version 1."""

from django.urls import path
from django.views.decorators.http import conditional_page
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from districts.api import CurrentToken, UnitList
from portal.accounts.access_rules import public
from projects.brands.api import BrandDetail
from projects.creation.api import BuildDetail, BuildList
from projects.selection.api import (
    ApplicationDetail,
    ApplicationList,
    DesignationDetail,
    DesignationList,
    NoticeEntryList,
    NoticeList,
    RoundDetail,
    RoundList,
)
from projects.topics.api import TopicDetail, TopicList
from reports.collection.api import FormList, ReturnDetail, ReturnList, ReturnSubmit
from reports.indicators.api import IndicatorList, PeriodList
from reports.statistics.api import CellList
from schools.showcase.api import BrandList, ExhibitList

app_name = "api"

urlpatterns = [
    path("statistics/cells/", CellList.as_view(), name="cell-list"),
    path("tokens/current/", CurrentToken.as_view(), name="token-current"),
    path("units/", UnitList.as_view(), name="unit-list"),
    path("indicators/", IndicatorList.as_view(), name="indicator-list"),
    path("periods/", PeriodList.as_view(), name="period-list"),
    path("forms/", FormList.as_view(), name="form-list"),
    path("returns/", ReturnList.as_view(), name="return-list"),
    path("returns/<int:pk>/", ReturnDetail.as_view(), name="return-detail"),
    path("returns/<int:pk>/submit/", ReturnSubmit.as_view(), name="return-submit"),
    path("rounds/", RoundList.as_view(), name="round-list"),
    path("rounds/<slug:code>/", RoundDetail.as_view(), name="round-detail"),
    path("applications/", ApplicationList.as_view(), name="application-list"),
    path("applications/<int:pk>/", ApplicationDetail.as_view(), name="application-detail"),
    path("designations/", DesignationList.as_view(), name="designation-list"),
    path("designations/<int:pk>/", DesignationDetail.as_view(), name="designation-detail"),
    path("builds/", BuildList.as_view(), name="build-list"),
    path("builds/<int:pk>/", BuildDetail.as_view(), name="build-detail"),
    path("topics/", TopicList.as_view(), name="topic-list"),
    path("topics/<int:pk>/", TopicDetail.as_view(), name="topic-detail"),
    path("brands/", BrandList.as_view(), name="brand-list"),
    path("brands/<int:pk>/", BrandDetail.as_view(), name="brand-detail"),
    path("exhibits/", ExhibitList.as_view(), name="exhibit-list"),
    path("notices/", NoticeList.as_view(), name="notice-list"),
    path("notices/<slug:number>/entries/", NoticeEntryList.as_view(), name="notice-entries"),
    path("schema/", public(conditional_page(SpectacularAPIView.as_view())), name="schema"),
    path("docs/", public(SpectacularSwaggerSplitView.as_view(url_name="api:schema")), name="docs"),
]
