from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.models import District
from portal.audit.triggers import DELETE, UPDATE, audited
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

    # Each of the four is the first column of an index below; one of its own would only cost on every write.
    form = models.ForeignKey(
        Form, on_delete=models.PROTECT, related_name="returns", db_index=False, verbose_name=_("报表")
    )
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, related_name="returns", db_index=False, verbose_name=_("时期")
    )
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, related_name="returns", db_index=False, verbose_name=_("学校")
    )
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="returns", db_index=False, verbose_name=_("当期主管单位")
    )
    opens_on = models.DateField(_("开放日"))
    due_on = models.DateField(_("截止日"))
    # Last day on which the school may still submit; moved by an extension or by a point return.
    closes_on = models.DateField(_("关闭日"))
    # Set by an extension, so that the pages can say 已延期至.
    extended_to = models.DateField(_("延期至"), null=True, blank=True)
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
        verbose_name = _("报送")
        ordering = ["-period__end", "form__order", "school_id"]
        # Opened by the thousand when a window opens: that says nothing, every later step does.
        triggers = audited(
            unit="r.school_id",
            about=("form_id", "period_id"),
            skip=(
                "lock_version",
                "submitted_at",
                "first_submitted_at",
                "approved_at",
                "submitted_by_id",
                "approved_by_id",
            ),
            operations=(UPDATE, DELETE),
        )
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
            models.Index(fields=["school", "period", "status"], name="return_by_school"),
            # Everything that the progress of a city is counted from: it is read from the index alone.
            models.Index(
                fields=["period", "form", "district", "status"],
                include=["due_on", "first_submitted_at"],
                name="return_progress",
            ),
        ]

    @property
    def is_in_window(self) -> bool:
        """Whether the school may hand it in today."""
        return self.opens_on <= timezone.localdate() <= self.closes_on

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

    return_record = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="values", verbose_name=_("报送"))
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+", verbose_name=_("指标"))
    number = models.DecimalField(_("数值"), max_digits=18, decimal_places=4, null=True, blank=True)
    qualifier = models.PositiveSmallIntegerField(_("精确程度"), choices=Qualifier, default=Qualifier.EXACT)
    source = models.CharField(_("来源"), max_length=8, choices=ValueSource, default=ValueSource.TYPED)
    # What the portal already knew (and from when), kept beside a value that the school changed.
    known_number = models.DecimalField(_("平台已知数"), max_digits=18, decimal_places=4, null=True, blank=True)
    known_label = models.CharField(_("已知数来源"), max_length=60, blank=True)
    known_on = models.DateField(_("已知数日期"), null=True, blank=True)
    confirmed = models.BooleanField(_("已确认"), default=False)
    remark = models.TextField(_("说明"), blank=True)
    verdict = models.CharField(_("审核意见"), max_length=8, choices=Verdict, default=Verdict.NONE, blank=True)
    verdict_reason = models.TextField(_("退回原因"), blank=True)
    verdict_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verdict_at = models.DateTimeField(null=True, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("填写人"),
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("填报值")
        # The first value and who gave it stand in the row; the change that replaces it keeps them as `before`.
        triggers = audited(
            unit="(SELECT t.school_id FROM collection_return t WHERE t.id = r.return_record_id)",
            about=("indicator_id", "return_record_id"),
            skip=("updated_at", "verdict_at", "verdict_by_id"),
            operations=(UPDATE, DELETE),
        )
        constraints = [models.UniqueConstraint(fields=["return_record", "indicator"], name="value_once")]
