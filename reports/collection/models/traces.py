"""What stands around a return beside its values: what a cell was, verdicts not yet sent, questions, extensions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import District
from reports.indicators.models import Indicator, Period, Qualifier

from .forms import Form
from .returns import Return, ValueSource, Verdict


class CellState(models.Model):
    """What a cell was after each change: the change log of the panel, and what 撤销 goes back to. Only ever added to.

    The first row of a cell that the portal had pre-filled is what the portal knew, without an actor.
    A copy beside rows whose keys are checked: checking them again would cost a third of the time of an import.
    """

    return_record = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="cell_states", db_index=False, db_constraint=False
    )
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    qualifier = models.PositiveSmallIntegerField(choices=Qualifier, default=Qualifier.EXACT)
    source = models.CharField(max_length=8, choices=ValueSource, default=ValueSource.TYPED)
    confirmed = models.BooleanField(default=False)
    remark = models.TextField(blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["return_record", "indicator", "id"], name="cell_state_by_cell")]


class VerdictDraft(models.Model):
    """What a reviewer thinks of a cell before the decision is sent; the school does not see it."""

    return_record = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="verdict_drafts")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["return_record", "indicator"], name="verdict_draft_once")]


class Question(models.Model):
    """A question of the district about one cell. It reopens nothing; the school answers in words."""

    return_record = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="questions")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(_("询问"), max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["return_record", "indicator"], name="question_by_cell")]


class Extension(models.Model):
    """More time, for one school or for all schools of a district that have not handed in, with the reason."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    # Empty: the whole district.
    return_record = models.ForeignKey(
        Return, on_delete=models.CASCADE, null=True, blank=True, related_name="extensions"
    )
    until = models.DateField(_("可报送至"))
    reason = models.CharField(_("原因"), max_length=200)
    returns = models.PositiveIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["period", "form", "district"], name="extension_by_district")]


class DuplicateReport(models.Model):
    """重复填报反馈: a school says that it has already reported this figure elsewhere."""

    SCOPE = {"district": "return_record__school__district", "school": "return_record__school"}

    return_record = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="duplicate_reports")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+", verbose_name=_("指标"))
    elsewhere = models.CharField(_("已经报给哪个系统或哪张表"), max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["return_record", "indicator"], name="duplicate_report_once")]
