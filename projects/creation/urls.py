from django.urls import path

from .views import builds, editor, papers

app_name = "creation"

urlpatterns = [
    path("", builds.build_list, name="builds"),
    path("builds/<int:pk>/", builds.detail, name="build"),
    path("builds/<int:pk>/begin/", builds.begin, name="begin"),
    path("builds/<int:pk>/milestones/<int:milestone_pk>/", builds.progress, name="progress"),
    path("papers/<int:pk>/", papers.detail, name="paper"),
    path("papers/<int:pk>/edit/", editor.edit, name="paper-edit"),
    path("papers/<int:pk>/return/", papers.send_back, name="paper-return"),
    path("papers/<int:pk>/reopen/", papers.reopen, name="paper-reopen"),
    path("papers/<int:pk>/check/", papers.check, name="paper-check"),
    path("papers/<int:pk>/files/<int:file_pk>/", papers.evidence, name="evidence"),
    path("papers/<int:pk>/files/<int:file_pk>/remove/", papers.remove, name="evidence-remove"),
    path("papers/<int:pk>/steps/<str:action>/", papers.step, name="paper-step"),
]
