from django.urls import path

from .views import changes, districts, lists, moves

app_name = "registry"

urlpatterns = [
    path("", lists.school_list, name="list"),
    path("add/", changes.add, name="add"),
    path("move/", moves.move_many, name="move-many"),
    path("districts/", districts.district_list, name="districts"),
    path("districts/add/", districts.district_add, name="district-add"),
    path("districts/<str:code>/", districts.district_page, name="district"),
    path("districts/<str:code>/abolish/", districts.district_abolish, name="district-abolish"),
    path("districts/<str:code>/zones/add/", districts.zone_add, name="zone-add"),
    path("districts/<str:code>/zones/<str:zone>/rename/", districts.zone_rename, name="zone-rename"),
    path("districts/<str:code>/zones/<str:zone>/close/", districts.zone_close, name="zone-close"),
    path("groups/add/", changes.group_add, name="group-add"),
    path("<str:code>/", changes.detail, name="detail"),
    path("<str:code>/change/", changes.change, name="change"),
    path("<str:code>/move/", changes.move, name="move"),
    path("<str:code>/merge/", changes.merge, name="merge"),
    path("<str:code>/close/", changes.close, name="close"),
    path("<str:code>/campuses/add/", changes.campus, name="campus-add"),
    path("<str:code>/campuses/<int:pk>/remove/", changes.campus_remove, name="campus-remove"),
]
