from django.urls import URLPattern, URLResolver

app_name = "districts"

urlpatterns: list[URLPattern | URLResolver] = []
