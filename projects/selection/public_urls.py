"""What anybody may open without signing in."""

from django.urls import path

from .views import notices

app_name = "notices"

urlpatterns = [
    path("", notices.notice_list, name="list"),
    path("objections/", notices.lookup, name="lookup"),
    path("verify/", notices.verify, name="verify"),
    path("<slug:number>/", notices.notice, name="notice"),
    path("<slug:number>/object/", notices.objection_form, name="object"),
]
