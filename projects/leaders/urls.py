from django.urls import path

from .views import pairings, posts, queue, standards, standing, studios

app_name = "leaders"

urlpatterns = [
    path("", standing.overview, name="standing"),
    path("posts/", standing.post_list, name="posts"),
    path("posts/<str:code>/", posts.detail, name="post"),
    path("posts/<str:code>/assess/", posts.assess, name="assess"),
    path("posts/<str:code>/plan/", posts.plan, name="plan"),
    path("plans/<int:pk>/close/", posts.close, name="plan-close"),
    path("assessments/<int:pk>/end/", posts.end, name="assessment-end"),
    path("assessments/<int:pk>/<str:action>/", posts.step, name="assessment-step"),
    path("queue/", queue.queue, name="queue"),
    path("queue/confirm/", queue.confirm, name="confirm"),
    path("queue/<int:pk>/return/", queue.send_back, name="return"),
    path("studios/", studios.studio_list, name="studios"),
    path("studios/new/", studios.add, name="studio-add"),
    path("studios/<int:pk>/", studios.detail, name="studio"),
    path("studios/<int:pk>/record/", studios.record, name="session-add"),
    path("studios/<int:pk>/close/", studios.close, name="studio-close"),
    path("studios/<int:pk>/mentees/", pairings.add_mentee, name="mentee-add"),
    path("sessions/<int:pk>/remove/", studios.remove, name="session-remove"),
    path("pairings/", pairings.pairing_list, name="pairings"),
    path("pairings/new/", pairings.add, name="pairing-add"),
    path("pairings/<int:pk>/end/", pairings.end, name="pairing-end"),
    path("standards/", standards.standards, name="standards"),
    path("standards/revise/", standards.revise, name="standard-revise"),
]
