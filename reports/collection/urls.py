from django.urls import path

from .views import burden, cells, entry, forms, handover, lists, queue, review, workbooks

app_name = "collection"

urlpatterns = [
    path("", lists.return_list, name="list"),
    path("forms/", forms.forms, name="forms"),
    path("duplicates/", burden.duplicates, name="duplicates"),
    path("review/", queue.queue, name="queue"),
    path("review/approve/", queue.approve_plain, name="approve-plain"),
    path("review/extend/", queue.extend_all, name="extend-all"),
    path("handover/<int:pk>/", handover.handover, name="handover"),
    path("workbooks/", workbooks.workbooks, name="workbooks"),
    path("workbooks/<str:form>/<str:period>/<str:district>/", workbooks.district_workbook, name="district-workbook"),
    path("workbooks/<str:form>/<str:period>/<str:district>/import/", workbooks.import_district, name="import-district"),
    path("imports/<int:pk>/", workbooks.preview, name="import"),
    path("imports/<int:pk>/problems/", workbooks.import_problems, name="import-problems"),
    path("imports/<int:pk>/confirm/", workbooks.confirm, name="confirm-import"),
    path("imports/<int:pk>/discard/", workbooks.discard, name="discard-import"),
    path("<int:pk>/workbook/", workbooks.school_workbook, name="school-workbook"),
    path("<int:pk>/import/", workbooks.import_school, name="import-school"),
    path("handover/<int:pk>/", handover.handover, name="handover"),
    path("<int:pk>/", entry.entry, name="entry"),
    path("<int:pk>/cells/<str:code>/", cells.cell, name="cell"),
    path("<int:pk>/cells/<str:code>/confirm/", cells.confirm_cell, name="confirm-cell"),
    path("<int:pk>/cells/<str:code>/undo/", cells.undo_cell, name="undo-cell"),
    path("<int:pk>/questions/<int:question>/answer/", cells.answer, name="answer"),
    path("<int:pk>/save/", entry.save_all, name="save"),
    path("<int:pk>/submit/", entry.submit, name="submit"),
    path("<int:pk>/withdraw/", entry.withdraw, name="withdraw"),
    path("<int:pk>/duplicate/", burden.duplicate, name="duplicate"),
    path("<int:pk>/review/", review.review, name="review"),
    path("<int:pk>/decide/", review.decide, name="decide"),
    path("<int:pk>/reopen/", review.reopen, name="reopen"),
    path("<int:pk>/extend/", review.extend, name="extend"),
]
