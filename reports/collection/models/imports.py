from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import District
from reports.indicators.models import Period
from schools.registry.models import School

from .forms import Form


class BatchStatus(models.TextChoices):
    READY = "ready", _("待确认")
    REFUSED = "refused", _("有错误")
    CONFIRMED = "confirmed", _("已导入")
    DISCARDED = "discarded", _("已放弃")


class ImportBatch(models.Model):
    """An uploaded workbook, read and compared but not yet written. Belongs to who uploaded it; gone after some days.

    `changes` are the cells that would change, as columns: PostgreSQL expands a few lists of thousands of cells in a
    third of the time that as many objects cost. r return, i indicator, n number as text (null: the cell is cleared),
    q qualifier, m remark, o old number, p old qualifier, c cell name, w warning; a list of nulls is left out.
    `problems` are dictionaries of workbooks.layout.Problem; `conflicts` too, with `blocks`: they contradict another
    form of the school, may be written like a typed value, and stop the submission as long as they stand.
    `seen` maps a return to [lock_version, fingerprint of its values] at the time of the preview.
    """

    SCOPE = {"district": ("district", "school__district"), "school": "school"}

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+")
    # What the file was uploaded for: one school, or a district.
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    district = models.ForeignKey(District, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    filename = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=BatchStatus)
    changes = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    conflicts = models.JSONField(default=list)
    notices = models.JSONField(default=list)
    seen = models.JSONField(default=dict)
    school_count = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(school__isnull=False, district__isnull=True)
                | models.Q(school__isnull=True, district__isnull=False),
                name="import_for_school_or_district",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.status}"
