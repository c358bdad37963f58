from django.db import models
from django.utils.translation import gettext_lazy as _


class Programme(models.Model):
    """One of the five programmes. Indicators are named by code: the catalogue lives in a higher room."""

    code = models.CharField(max_length=24, unique=True)
    title = models.CharField(_("名称"), max_length=20)
    effect = models.CharField(_("成效"), max_length=20)
    goal = models.TextField(_("目标"), blank=True)
    headline = models.CharField(_("主指标"), max_length=8, blank=True)
    # Compare the headline with the same period of last year instead of the previous period.
    compares_with_last_year = models.BooleanField(default=False)
    facts = models.JSONField(_("附加指标"), default=list, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        verbose_name = _("五双工程")

    def __str__(self) -> str:
        return self.title
