from django.urls import path

from .views import search

app_name = "districts"

urlpatterns = [
    path("search/", search.search, name="search"),
]
