from django.urls import path

from .views import entry, lists, review

app_name = "collection"

urlpatterns = [
    path("", lists.return_list, name="list"),
    path("review/", review.queue, name="queue"),
    path("<int:pk>/", entry.entry, name="entry"),
    path("<int:pk>/cells/<str:code>/", entry.save_cell, name="save-cell"),
    path("<int:pk>/cells/<str:code>/confirm/", entry.confirm_cell, name="confirm-cell"),
    path("<int:pk>/save/", entry.save_all, name="save"),
    path("<int:pk>/submit/", entry.submit, name="submit"),
    path("<int:pk>/withdraw/", entry.withdraw, name="withdraw"),
    path("<int:pk>/review/", review.review, name="review"),
    path("<int:pk>/decide/", review.decide, name="decide"),
    path("<int:pk>/reopen/", review.reopen, name="reopen"),
    path("<int:pk>/extend/", review.extend, name="extend"),
]
