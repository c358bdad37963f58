from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import District
from portal.workflow.models import WorkflowModel
from reports.indicators.models import Indicator, Period, Qualifier
from schools.registry.models import School

from .forms import Form


class ReturnStatus(models.TextChoices):
    DRAFT = "draft", _("填写中")
    SUBMITTED = "submitted", _("待县级审核")
    RETURNED = "returned", _("退回")
    APPROVED = "approved", _("县级已通过")


class Return(WorkflowModel):
    """One form of one school for one period. `district` is the one that was right at the end of the period."""

    # The district of today reviews and sees everything of its schools, also what they reported before a move.
    SCOPE = {"district": "school__district", "school": "school", "organisation": "school__party_organisations"}

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="returns")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="returns")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="returns")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="returns")
    opens_on = models.DateField()
    due_on = models.DateField()
    # Last day on which the school may still submit; moved by an extension or by a point return.
    closes_on = models.DateField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Kept from the first submission: being on time is not lost by a later correction.
    first_submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(_("学校备注"), blank=True)

    class Meta:
        ordering = ["-period__end", "form__order", "school_id"]
        constraints = [
            models.UniqueConstraint(fields=["form", "period", "school"], name="return_once"),
            models.CheckConstraint(condition=models.Q(status__in=ReturnStatus.values), name="return_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status="approved") | models.Q(approved_at__isnull=False),
                name="return_approved_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "status", "due_on"], name="return_queue"),
            models.Index(fields=["school", "status"], name="return_by_school"),
            models.Index(fields=["period", "form", "district", "status"], name="return_progress"),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.period} {self.school}"


class ValueSource(models.TextChoices):
    TYPED = "typed", _("手工填写")
    CARRIED = "carried", _("上次已审数")
    RECORDS = "records", _("台账记录")
    IMPORTED = "imported", _("Excel 导入")
    COMPUTED = "computed", _("自动计算")


class Verdict(models.TextChoices):
    """What the reviewer thinks of one cell; RETURNED cells alone reopen."""

    NONE = "", _("未定")
    PASSED = "passed", _("通过")
    RETURNED = "returned", _("退回")


class Value(models.Model):
    """One cell of a return. `number` null means: not reported, which is not zero."""

    return_record = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="values")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    number = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    qualifier = models.PositiveSmallIntegerField(choices=Qualifier, default=Qualifier.EXACT)
    source = models.CharField(max_length=8, choices=ValueSource, default=ValueSource.TYPED)
    # What the portal already knew (and from when), kept beside a value that the school changed.
    known_number = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    known_label = models.CharField(max_length=60, blank=True)
    known_on = models.DateField(null=True, blank=True)
    confirmed = models.BooleanField(default=False)
    remark = models.TextField(_("说明"), blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict, default=Verdict.NONE, blank=True)
    verdict_reason = models.TextField(blank=True)
    verdict_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verdict_at = models.DateTimeField(null=True, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["return_record", "indicator"], name="value_once")]
