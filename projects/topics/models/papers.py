"""What a topic hands in: papers at its stages, and requests to change, extend or end it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel
from projects.selection.models.applications import stored_name

from . import triggers
from .topics import Topic


class PaperKind(models.TextChoices):
    """First the stages in the order in which they fall due, then the requests."""

    CONTRACT = "contract", _("任务书")
    OPENING = "opening", _("开题报告")
    MIDTERM = "midterm", _("中期报告")
    CLOSING = "closing", _("结题材料")
    CHANGE = "change", _("变更申请")
    EXTENSION = "extension", _("延期申请")
    TERMINATION = "termination", _("终止申请")


class PaperStatus(models.TextChoices):
    DRAFT = "draft", _("填写中")
    SUBMITTED = "submitted", _("待办理")
    RETURNED = "returned", _("退回修改")
    SETTLED = "settled", _("已办结")


OPEN = (PaperStatus.DRAFT, PaperStatus.SUBMITTED, PaperStatus.RETURNED)
EDITABLE = (PaperStatus.DRAFT, PaperStatus.RETURNED)


class Result(models.TextChoices):
    AGREED = "agreed", _("同意")
    REFUSED = "refused", _("不同意")
    PASSED = "passed", _("通过")
    RECTIFY = "rectify", _("限期修改")
    FAILED = "failed", _("不予结题")


class ChangedPart(models.TextChoices):
    """What a request may change; each is a column of the topic."""

    TITLE = "title", _("课题名称")
    LEADER = "leader", _("主持人")
    MEMBERS = "members", _("课题组人数")
    SUMMARY = "summary", _("研究内容")
    PROMISED = "promised", _("预期成果")


class Paper(WorkflowModel):
    """One paper or request: written by the school, settled by whoever funded the topic.

    Which of the texts are asked for depends on the kind (`sections`). `until`: the day that a finding names, and of a
    granted extension the new closing day.
    """

    SCOPE = {
        "school": "topic__school",
        "organisation": "topic__organisation",
        "district": "topic__school__district",
    }

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="papers", verbose_name=_("课题"))
    kind = models.CharField(_("材料"), max_length=16, choices=PaperKind)
    due_on = models.DateField(_("应报日期"), null=True, blank=True)
    report = models.TextField(blank=True)
    plan = models.TextField(blank=True)
    results = models.TextField(blank=True)
    part = models.CharField(_("变更事项"), max_length=10, choices=ChangedPart, blank=True)
    value = models.TextField(_("变更为"), blank=True)
    wanted = models.DateField(_("申请延至"), null=True, blank=True)
    result = models.CharField(_("结论"), max_length=8, choices=Result, blank=True)
    finding = models.TextField(_("办理意见"), blank=True)
    until = models.DateField(_("期限"), null=True, blank=True)
    settled_on = models.DateField(_("办结日期"), null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["topic_id", "id"]
        verbose_name = _("课题材料")
        indexes = [models.Index(fields=["status", "kind"], name="topics_paper_waiting")]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=PaperStatus.values), name="topics_paper_status"),
            models.CheckConstraint(condition=models.Q(kind__in=PaperKind.values), name="topics_paper_kind"),
            models.UniqueConstraint(
                fields=["topic", "kind"], condition=models.Q(status__in=OPEN), name="topics_paper_one_open"
            ),
            models.UniqueConstraint(
                fields=["topic"], condition=models.Q(kind="contract"), name="topics_paper_one_contract"
            ),
            models.CheckConstraint(
                condition=models.Q(status="settled", settled_on__isnull=False) & ~models.Q(result="")
                | ~models.Q(status="settled") & models.Q(result="", settled_on__isnull=True),
                name="topics_paper_settled_with_result",
            ),
            models.CheckConstraint(
                condition=(models.Q(result="rectify") | models.Q(kind="extension", result="agreed"))
                & models.Q(until__isnull=False)
                | ~(models.Q(result="rectify") | models.Q(kind="extension", result="agreed"))
                & models.Q(until__isnull=True),
                name="topics_paper_until",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=("submitted", "settled"))
                | (~models.Q(kind="extension") | models.Q(wanted__isnull=False))
                & (~models.Q(kind="change") | ~models.Q(part="") & ~models.Q(value="")),
                name="topics_paper_request_whole",
            ),
        ]
        triggers = [
            triggers.settled_stays,
            triggers.extension_by_rule,
            *audited(
                unit="(SELECT t.school_id FROM topics_topic t WHERE t.id = r.topic_id)",
                about=("topic_id", "kind", "status"), skip=("saved_at",),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.topic_id}"


class BudgetLine(models.Model):
    """A line of the contract: what the funding is spent on."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="budget")
    order = models.PositiveSmallIntegerField()
    item = models.CharField(_("支出项目"), max_length=40)
    amount = models.PositiveIntegerField(_("金额（元）"))

    class Meta:
        ordering = ["paper_id", "order"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "order"], name="topics_budget_order"),
            models.CheckConstraint(condition=models.Q(amount__gte=1), name="topics_budget_amount"),
        ]
        triggers = [
            triggers.lines_stay,
            *audited(unit=triggers.SCHOOL_OF_PAPER, about=("paper_id", "item")),
        ]

    def __str__(self) -> str:
        return self.item


class OutputKind(models.TextChoices):
    REPORT = "report", _("研究报告")
    ARTICLE = "article", _("论文")
    CASE = "case", _("案例")
    METHOD = "method", _("工作法")
    RULES = "rules", _("制度")
    COURSE = "course", _("课程")
    BOOK = "book", _("专著")
    OTHER = "other", _("其他")


class Output(models.Model):
    """What came of the topic, listed with the closing."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="outputs")
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(_("类型"), max_length=8, choices=OutputKind)
    title = models.CharField(_("名称"), max_length=100)
    source = models.CharField(_("发表、采用或获奖情况"), max_length=100, blank=True)
    done_on = models.DateField(_("时间"))

    class Meta:
        ordering = ["paper_id", "order"]
        constraints = [models.UniqueConstraint(fields=["paper", "order"], name="topics_output_order")]
        triggers = [
            triggers.lines_stay,
            *audited(unit=triggers.SCHOOL_OF_PAPER, about=("paper_id", "title")),
        ]

    def __str__(self) -> str:
        return self.title


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
        constraints = [models.UniqueConstraint(fields=["paper", "digest"], name="topics_evidence_once")]
        triggers = [
            triggers.lines_stay,
            *audited(unit=triggers.SCHOOL_OF_PAPER, about=("paper_id", "name"), skip=("file",)),
        ]

    def __str__(self) -> str:
        return self.name
