from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.indicators.models import Indicator, PeriodKind


class Form(models.Model):
    """A form is data: which indicators, for which periods, who fills it and until when."""

    code = models.SlugField(max_length=24, unique=True)
    title = models.CharField(_("报表"), max_length=60)
    period_kind = models.CharField(max_length=1, choices=PeriodKind)
    # As-of forms: months whose last day is collected (3, 6, 9, 12). Empty: every period of the kind.
    months = models.JSONField(default=list, blank=True)
    # Empty lists mean everybody.
    kinds = models.JSONField(_("填报学校类型"), default=list, blank=True)
    ownerships = models.JSONField(_("填报举办性质"), default=list, blank=True)
    # Days after the end of the period.
    open_days = models.SmallIntegerField(default=1)
    due_days = models.SmallIntegerField(default=15)
    late_days = models.SmallIntegerField(default=10)
    minutes = models.PositiveSmallIntegerField(_("预计用时"), default=10)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        verbose_name = _("报表")

    def __str__(self) -> str:
        return self.title


class FormSection(models.Model):
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="sections")
    title = models.CharField(max_length=40)
    help_text = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["form_id", "order"]

    def __str__(self) -> str:
        return self.title


class FormField(models.Model):
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields")
    section = models.ForeignKey(FormSection, on_delete=models.CASCADE, related_name="fields")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="form_fields")
    help_text = models.TextField(blank=True)
    # A missing value needs an explanation; otherwise the cell may stay empty.
    required = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["form_id", "order"]
        constraints = [models.UniqueConstraint(fields=["form", "indicator"], name="form_field_once")]
