"""What a build is shown by: plan, reports and material for its checks. Its states are the designation's (ADR 30)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel
from projects.selection.models import Designation
from projects.selection.models.applications import stored_name

from . import triggers


class PaperKind(models.TextChoices):
    """In the order in which they fall due."""

    PLAN = "plan", _("建设计划")
    MIDTERM = "midterm", _("中期报告")
    RECTIFICATION = "rectification", _("整改报告")
    ACCEPTANCE = "acceptance", _("验收材料")


class PaperStatus(models.TextChoices):
    DRAFT = "draft", _("填写中")
    SUBMITTED = "submitted", _("待检查")
    RETURNED = "returned", _("退回修改")
    SETTLED = "settled", _("已办结")


OPEN = (PaperStatus.DRAFT, PaperStatus.SUBMITTED, PaperStatus.RETURNED)
EDITABLE = (PaperStatus.DRAFT, PaperStatus.RETURNED)


class Result(models.TextChoices):
    AGREED = "agreed", _("同意")
    PASSED = "passed", _("通过")
    RECTIFY = "rectify", _("限期整改")
    DELAYED = "delayed", _("延期验收")
    FAILED = "failed", _("未通过")


# With these a day is named until which something is to be done.
WITH_DAY = (Result.RECTIFY, Result.DELAYED)


class Paper(WorkflowModel):
    """One paper of a build: written by the school, checked by whoever keeps the designation's level.

    Which of the texts are asked for depends on the kind (`sections`). `until`: the day that a finding names.
    """

    SCOPE = {
        "school": "designation__school",
        "organisation": "designation__organisation",
        "district": "designation__school__district",
    }

    designation = models.ForeignKey(
        Designation, on_delete=models.PROTECT, related_name="papers", verbose_name=_("在建单位")
    )
    kind = models.CharField(_("材料"), max_length=16, choices=PaperKind)
    due_on = models.DateField(_("应报日期"))
    brand = models.CharField(_("党建品牌"), max_length=30, blank=True)
    concept = models.TextField(_("品牌内涵"), blank=True)
    report = models.TextField(_("自评报告"), blank=True)
    case_title = models.CharField(_("案例名称"), max_length=60, blank=True)
    case_text = models.TextField(_("典型案例"), blank=True)
    results = models.TextField(_("建设成果"), blank=True)
    result = models.CharField(_("结论"), max_length=8, choices=Result, blank=True)
    finding = models.TextField(_("检查意见"), blank=True)
    until = models.DateField(_("限期"), null=True, blank=True)
    settled_on = models.DateField(_("办结日期"), null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["designation_id", "id"]
        verbose_name = _("创建材料")
        indexes = [models.Index(fields=["status", "kind"], name="creation_paper_waiting")]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=PaperStatus.values), name="creation_paper_status"),
            models.CheckConstraint(condition=models.Q(kind__in=PaperKind.values), name="creation_paper_kind"),
            models.UniqueConstraint(
                fields=["designation"], condition=models.Q(status__in=OPEN), name="creation_paper_one_open"
            ),
            models.UniqueConstraint(
                fields=["designation"], condition=models.Q(kind="plan"), name="creation_paper_one_plan"
            ),
            models.CheckConstraint(
                condition=models.Q(status="settled", settled_on__isnull=False) & ~models.Q(result="")
                | ~models.Q(status="settled") & models.Q(result="", settled_on__isnull=True),
                name="creation_paper_settled_with_result",
            ),
            models.CheckConstraint(
                condition=models.Q(result__in=WITH_DAY, until__gt=models.F("settled_on"))
                | ~models.Q(result__in=WITH_DAY) & models.Q(until__isnull=True),
                name="creation_paper_until",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=EDITABLE) | ~models.Q(kind="plan") | ~models.Q(brand=""),
                name="creation_plan_has_brand",
            ),
        ]
        triggers = [
            triggers.settled_stays,
            triggers.settled_is_kept,
            *audited(
                unit="(SELECT d.school_id FROM selection_designation d WHERE d.id = r.designation_id)",
                about=("designation_id", "kind", "status"),
                skip=("saved_at",),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.designation_id}"


class Goal(models.Model):
    """A goal of the plan: where the school stands, where it will be, and at the end where it came."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="goals")
    order = models.PositiveSmallIntegerField()
    title = models.CharField(_("目标"), max_length=60)
    baseline = models.CharField(_("现状"), max_length=40)
    target = models.CharField(_("两年后"), max_length=40)
    achieved = models.CharField(_("达成"), max_length=40, blank=True)

    class Meta:
        ordering = ["paper_id", "order"]
        constraints = [models.UniqueConstraint(fields=["paper", "order"], name="creation_goal_order")]
        triggers = audited(unit=triggers.SCHOOL_OF_PAPER, about=("paper_id", "title"))

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    """A measure of the plan with its day; done when it has been."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="milestones")
    order = models.PositiveSmallIntegerField()
    measure = models.CharField(_("举措"), max_length=100)
    due_on = models.DateField(_("完成时间"))
    done_on = models.DateField(_("完成于"), null=True, blank=True)
    note = models.CharField(_("完成情况"), max_length=200, blank=True)

    class Meta:
        ordering = ["paper_id", "order"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "order"], name="creation_milestone_order"),
            models.CheckConstraint(
                condition=models.Q(done_on__isnull=True) | ~models.Q(note=""), name="creation_milestone_done_says_how"
            ),
        ]
        triggers = audited(unit=triggers.SCHOOL_OF_PAPER, about=("paper_id", "measure"))

    def __str__(self) -> str:
        return self.measure


class Evidence(models.Model):
    """A file of a paper. It may be left out everywhere: proof is never demanded."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="evidence")
    name = models.CharField(_("文件名"), max_length=120)
    file = models.FileField(upload_to=stored_name)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["paper_id", "id"]
        constraints = [models.UniqueConstraint(fields=["paper", "digest"], name="creation_evidence_once")]
        triggers = [
            triggers.settled_keeps_files,
            *audited(unit=triggers.SCHOOL_OF_PAPER, about=("paper_id", "name"), skip=("file",)),
        ]

    def __str__(self) -> str:
        return self.name
