from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited
from reports.indicators.models import Indicator, Origin, PeriodKind


class Form(models.Model):
    """A form is data: which indicators, for which periods, who fills it and until when."""

    code = models.SlugField(_("代码"), max_length=24, unique=True)
    title = models.CharField(_("报表"), max_length=60)
    period_kind = models.CharField(_("时期类型"), max_length=1, choices=PeriodKind)
    # As-of forms: months whose last day is collected (3, 6, 9, 12). Empty: every period of the kind.
    months = models.JSONField(_("采集月份"), default=list, blank=True)
    # Empty lists mean everybody.
    kinds = models.JSONField(_("填报学校类型"), default=list, blank=True)
    ownerships = models.JSONField(_("填报举办性质"), default=list, blank=True)
    # Days after the end of the period.
    open_days = models.SmallIntegerField(_("开放日"), default=1)
    due_days = models.SmallIntegerField(_("截止日"), default=15)
    late_days = models.SmallIntegerField(_("补报天数"), default=10)
    minutes = models.PositiveSmallIntegerField(_("预计用时"), default=10)
    valid_from = models.DateField(_("启用"))
    valid_to = models.DateField(_("停用"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta:
        ordering = ["order"]
        verbose_name = _("报表")
        triggers = audited(about=("code",))

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
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="fields", verbose_name=_("报表"))
    section = models.ForeignKey(FormSection, on_delete=models.CASCADE, related_name="fields", verbose_name=_("栏目"))
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="form_fields", verbose_name=_("指标")
    )
    help_text = models.TextField(_("填写说明"), blank=True)
    # A missing value needs an explanation; otherwise the cell may stay empty.
    required = models.BooleanField(_("缺报须说明"), default=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta:
        verbose_name = _("报表栏目")
        ordering = ["form_id", "order"]
        triggers = audited(about=("form_id", "indicator_id"))
        constraints = [models.UniqueConstraint(fields=["form", "indicator"], name="form_field_once")]

    @property
    def way(self) -> str:
        """How the cell is filled: computed, required or free to stay empty."""
        if self.indicator.origin != Origin.REPORTED:
            return gettext("自动计算")
        return gettext("必填，缺数要说明") if self.required else gettext("选填")
