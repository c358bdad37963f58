from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited

from .units import District, Unit, Zone


class DateRange(models.Func):
    function = "daterange"
    output_field = DateRangeField()


class SingleRange(models.Func):
    """[id, id] as a range: core GiST can compare it, so no extension is needed for the exclusion below."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, %(expressions)s, '[]')"


class Affiliation(models.Model):
    """Which district (and zone) a school belonged to, from when to when. `valid_to` is the first day after."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="affiliations", verbose_name=_("单位"))
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("主管单位")
    )
    zone = models.ForeignKey(
        Zone, on_delete=models.PROTECT, related_name="memberships", null=True, blank=True, verbose_name=_("党建片区")
    )
    valid_from = models.DateField(_("起"))
    valid_to = models.DateField(_("止"), null=True, blank=True)
    reason = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("隶属")
        ordering = ["unit_id", "valid_from"]
        triggers = audited(unit="r.unit_id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="affiliation_ends_after_start",
            ),
            ExclusionConstraint(
                name="affiliation_one_district_at_a_time",
                expressions=[
                    (SingleRange("unit_id"), RangeOperators.OVERLAPS),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} → {self.district_id} {self.valid_from}"
