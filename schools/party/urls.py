from django.urls import path

from . import views

app_name = "party"

urlpatterns = [
    path("<str:code>/", views.school_tree, name="school"),
    path("<str:code>/add/", views.add, name="add"),
    path("<str:code>/<str:organisation>/change/", views.change, name="change"),
    path("<str:code>/<str:organisation>/dissolve/", views.dissolve, name="dissolve"),
]
