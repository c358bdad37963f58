from django.urls import path

from .views import brands, exhibits

app_name = "showcase"

urlpatterns = [
    path("", brands.brand_list, name="brands"),
    path("districts/", brands.sums, name="sums"),
    path("brands/new/", brands.add, name="brand-add"),
    path("brands/<int:pk>/", brands.detail, name="brand"),
    path("brands/<int:pk>/change/", brands.change, name="brand-change"),
    path("brands/<int:pk>/end/", brands.close, name="brand-end"),
    path("brands/<int:pk>/resume/", brands.resume, name="brand-resume"),
    path("brands/<int:pk>/remove/", brands.remove, name="brand-remove"),
    path("courses/", exhibits.courses, name="courses"),
    path("cases/", exhibits.cases, name="cases"),
    path("courses/new/", exhibits.add, {"kind": "course"}, name="course-add"),
    path("cases/new/", exhibits.add, {"kind": "case"}, name="case-add"),
    path("exhibits/<int:pk>/", exhibits.detail, name="exhibit"),
    path("exhibits/<int:pk>/change/", exhibits.change, name="exhibit-change"),
    path("exhibits/<int:pk>/end/", exhibits.close, name="exhibit-end"),
    path("exhibits/<int:pk>/file/", exhibits.file, name="exhibit-file"),
    path("exhibits/<int:pk>/remove/", exhibits.remove, name="exhibit-remove"),
    path("exhibits/<int:pk>/<str:action>/", exhibits.step, name="exhibit-step"),
]
