"""Titles that are held, and their lives."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import District
from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel

from . import triggers
from .applications import Application
from .holders import Held, holder_checks
from .rounds import DesignationKind, Round


class DesignationLevel(models.TextChoices):
    DISTRICT = "district", _("区县级")
    CITY = "city", _("市级")
    NATIONAL = "national", _("国家级")


class DesignationStatus(models.TextChoices):
    CULTIVATING = "cultivating", _("建设中")
    RECTIFYING = "rectifying", _("整改中")
    PASSED_MIDTERM = "passed_midterm", _("建设中，中期通过")
    DELAYED = "delayed", _("延期验收")
    ACCEPTED = "accepted", _("验收通过")
    FAILED = "failed", _("验收未通过")
    ACTIVE = "active", _("有效")
    WITHDRAWN = "withdrawn", _("已撤销")


# Of this kind a holder may get several on one day: what it is called stands in the title of the document.
HONOUR = "honour"
# In these states, and inside its dates, a designation counts.
COUNTING = (
    DesignationStatus.CULTIVATING,
    DesignationStatus.RECTIFYING,
    DesignationStatus.PASSED_MIDTERM,
    DesignationStatus.DELAYED,
    DesignationStatus.ACTIVE,
)


class Designation(Held, WorkflowModel):
    """A title of a holder. `valid_to` is the first day on which it no longer counts; null has no end."""

    SCOPE = {"school": "school", "organisation": "organisation", "district": "school__district"}

    kind = models.ForeignKey(DesignationKind, on_delete=models.PROTECT, related_name="designations")
    level = models.CharField(_("级别"), max_length=8, choices=DesignationLevel)
    batch = models.CharField(_("批次"), max_length=60, blank=True)
    official_title = models.CharField(_("文件全称"), max_length=200)
    # The district that was right on the day it was given.
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True, related_name="designations")
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="designation"
    )
    predecessor = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successor"
    )
    # Where it comes from when it was recorded by hand.
    source = models.CharField(_("依据"), max_length=200, blank=True)
    valid_from = models.DateField(_("授予日期"))
    valid_to = models.DateField(_("到期日"), null=True, blank=True)
    midterm_due = models.DateField(_("中期检查"), null=True, blank=True)
    midterm_passed_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    check_code = models.CharField(max_length=16, unique=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-valid_from", "district_id", "school_id", "id"]
        verbose_name = _("称号")
        constraints = [
            *holder_checks("designation"),
            models.CheckConstraint(
                condition=models.Q(status__in=DesignationStatus.values), name="designation_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="designation_has_term",
            ),
            models.CheckConstraint(
                condition=models.Q(round__isnull=False) | ~models.Q(source=""), name="designation_has_source"
            ),
            models.UniqueConstraint(
                fields=["kind", "level", "holder_kind", "school", "organisation", "office", "subject_id",
                        "subject_title", "valid_from", "official_title"],
                nulls_distinct=False,
                name="designation_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["kind", "level", "status"], name="designation_by_kind"),
            models.Index(fields=["school", "kind"], name="designation_of_school"),
        ]
        triggers = [
            triggers.objections_closed,
            triggers.recorded_within_cap,
            *audited(unit="r.school_id", about=("status",)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.holder_name}"

    @property
    def last_day(self) -> date | None:
        """The last day on which it counts, as certificates say it; None without an end."""
        return self.valid_to - timedelta(days=1) if self.valid_to else None

    @property
    def name(self) -> str:
        """What is read as the title. An honour is called as its document calls it. Needs `kind` selected."""
        return self.official_title if self.kind.code == HONOUR else self.kind.title
