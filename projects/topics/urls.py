from django.urls import path

from .views import editor, papers, practices, regulations, topics

app_name = "topics"

urlpatterns = [
    path("", topics.topic_list, name="topics"),
    path("register/", topics.register, name="register"),
    path("rules/", regulations.regulations, name="regulations"),
    path("rules/revise/", regulations.revise, name="regulation-revise"),
    path("<int:pk>/", topics.detail, name="topic"),
    path("<int:pk>/edit/", topics.edit, name="topic-edit"),
    path("<int:pk>/drop/", topics.drop, name="topic-drop"),
    path("<int:pk>/amount/", topics.amount, name="topic-amount"),
    path("<int:pk>/terminate/", topics.terminate, name="topic-terminate"),
    path("<int:pk>/begin/<str:kind>/", topics.begin, name="begin"),
    path("<int:pk>/practices/add/", practices.add, name="practice-add"),
    path("<int:pk>/practices/<int:practice_pk>/end/", practices.end, name="practice-end"),
    path("papers/<int:pk>/", papers.detail, name="paper"),
    path("papers/<int:pk>/edit/", editor.edit, name="paper-edit"),
    path("papers/<int:pk>/return/", papers.send_back, name="paper-return"),
    path("papers/<int:pk>/check/", papers.check, name="paper-check"),
    path("papers/<int:pk>/files/<int:file_pk>/", papers.evidence, name="evidence"),
    path("papers/<int:pk>/files/<int:file_pk>/remove/", papers.remove, name="evidence-remove"),
    path("papers/<int:pk>/steps/<str:action>/", papers.step, name="paper-step"),
]
