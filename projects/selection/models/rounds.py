"""A round is data: who, what form, when, how many, by which rubric, for which designation."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import Level, Unit
from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel
from projects.programmes.models import Programme
from schools.registry.models import SchoolKind

from .holders import HolderKind


class DesignationKind(models.Model):
    """A title that can be held: its term, its checks, and what it becomes when accepted."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    title = models.CharField(_("称号"), max_length=60)
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("工程")
    )
    # Null: held until it is withdrawn.
    term_months = models.PositiveSmallIntegerField(_("期限（月）"), null=True, blank=True)
    midterm_months = models.PositiveSmallIntegerField(_("中期检查（月）"), null=True, blank=True)
    # True: at the end of the term stands an acceptance.
    has_acceptance = models.BooleanField(_("期满验收"), default=False)
    becomes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("验收后转为")
    )
    # Null: no limit. Holds for what the city gives, over all its rounds of a year and what was recorded by hand.
    yearly_cap = models.PositiveSmallIntegerField(_("市级每年至多"), null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("称号类别")
        triggers = audited(about=("title",))
        constraints = [
            models.CheckConstraint(
                name="designation_kind_midterm_in_term",
                condition=models.Q(midterm_months__isnull=True) | models.Q(term_months__gt=models.F("midterm_months")),
            ),
            models.CheckConstraint(
                name="designation_kind_acceptance_needs_term",
                condition=models.Q(has_acceptance=False) | models.Q(term_months__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_built(self) -> bool:
        """Begins as a build (建设中) that is checked, and not as a finished title."""
        return self.has_acceptance or self.midterm_months is not None


class RoundStatus(models.TextChoices):
    DRAFT = "draft", _("拟定")
    OPEN = "open", _("申报推荐中")
    REVIEWING = "reviewing", _("盲评中")
    DELIBERATING = "deliberating", _("待审议")
    NOTICE = "notice", _("公示中")
    ANNOUNCED = "announced", _("已公布")
    CANCELLED = "cancelled", _("已取消")


class Round(WorkflowModel):
    code = models.SlugField(_("编号"), max_length=40, unique=True)
    title = models.CharField(_("批次"), max_length=60)
    # The wording of the document that called this batch; it changes from batch to batch.
    official_title = models.CharField(_("文件全称"), max_length=200)
    # Null: the calendar year in which it began to take applications.
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", verbose_name=_("工程"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("组织单位"))
    # A district's own round first: its selected are carried into this city round.
    feeds = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="fed_by")
    copied_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    intro = models.TextField(_("申报须知"), blank=True)
    # Who may apply.
    holder_kind = models.CharField(_("申报主体"), max_length=16, choices=HolderKind, default=HolderKind.SCHOOL)
    school_kinds = ArrayField(models.CharField(max_length=16, choices=SchoolKind), default=list, blank=True)
    needs_designation = models.ForeignKey(
        DesignationKind, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("须先有称号")
    )
    bars_holders = models.BooleanField(_("已有本称号的不得再报"), default=True)
    bars_vetoed = models.BooleanField(_("一票否决期内不得申报"), default=True)
    # Places and panel.
    pool_places = models.PositiveSmallIntegerField(_("市级机动名额"), default=0)
    target = models.PositiveSmallIntegerField(_("拟入选数"), default=0)
    has_recommendation = models.BooleanField(_("区县推荐"), default=True)
    panel_size = models.PositiveSmallIntegerField(_("每件评审人数"), default=5)
    expert_load = models.PositiveSmallIntegerField(_("每名专家上限"), default=20)
    expertise = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    trim = models.PositiveSmallIntegerField(_("去掉最高最低分各"), default=1)
    trim_from = models.PositiveSmallIntegerField(_("满几份评分才去掉"), default=5)
    # Criterion codes in the order in which they break a tie; then the median, then the lot.
    tie_rule = ArrayField(models.SlugField(max_length=24), default=list, blank=True)
    comment_minimum = models.PositiveSmallIntegerField(_("评语至少字数"), default=30)
    seed = models.CharField(_("抽取种子"), max_length=64, blank=True)
    # After the panel.
    notice_days = models.PositiveSmallIntegerField(_("公示工作日"), default=5)
    designation_kind = models.ForeignKey(
        DesignationKind, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("授予称号")
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("遴选批次")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=RoundStatus.values), name="round_status_known"),
            models.CheckConstraint(condition=models.Q(panel_size__gte=1), name="round_panel_size"),
            models.CheckConstraint(condition=models.Q(notice_days__gte=1), name="round_notice_days"),
            models.CheckConstraint(
                condition=models.Q(trim_from__gt=2 * models.F("trim")), name="round_trim_leaves_a_score"
            ),
            # Once the panel is drawn, the seed stands for good (published with the draw).
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "open", "cancelled"]) | ~models.Q(seed=""),
                name="round_drawn_has_seed",
            ),
        ]
        triggers = audited(unit="r.unit_id", about=("status",))

    def __str__(self) -> str:
        return self.title

    @property
    def is_city(self) -> bool:
        return self.unit.level == Level.CITY


class StageKind(models.TextChoices):
    """In the order in which they follow one another."""

    CALL = "call", _("发布通知")
    APPLICATION = "application", _("学校申报")
    ELIGIBILITY = "eligibility", _("资格审核")
    RECOMMENDATION = "recommendation", _("区县推荐")
    REVIEW = "review", _("专家盲评")
    DELIBERATION = "deliberation", _("集体审议")
    NOTICE = "notice", _("公示")
    ANNOUNCEMENT = "announcement", _("公布")


class Stage(models.Model):
    """One stage with its dates. `closes_at` is the first moment at which the stage is over."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stages")
    kind = models.CharField(max_length=16, choices=StageKind)
    opens_at = models.DateTimeField(_("起"))
    closes_at = models.DateTimeField(_("止"))

    class Meta:
        ordering = ["round_id", "opens_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "kind"], name="stage_once"),
            models.CheckConstraint(condition=models.Q(closes_at__gt=models.F("opens_at")), name="stage_has_length"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class QuestionKind(models.TextChoices):
    TEXT = "text", _("文字")
    LINE = "line", _("一行文字")
    TABLE = "table", _("表格")
    FILE = "file", _("附件")
    FIGURE = "figure", _("平台已有数据")
    # Names that are in the case: never shown to experts, and hidden wherever they occur.
    NAMES = "names", _("须隐去的名称")


class Question(models.Model):
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="questions")
    code = models.SlugField(max_length=24)
    section = models.CharField(_("部分"), max_length=40)
    title = models.CharField(_("栏目"), max_length=60)
    kind = models.CharField(_("类型"), max_length=8, choices=QuestionKind, default=QuestionKind.TEXT)
    help_text = models.TextField(_("填写说明"), blank=True)
    required = models.BooleanField(_("必填"), default=True)
    min_length = models.PositiveIntegerField(_("最少字数"), default=0)
    max_length = models.PositiveIntegerField(_("最多字数"), default=2000)
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    max_items = models.PositiveSmallIntegerField(_("最多行数或附件数"), default=10)
    # FIGURE: code of an indicator, read through `known_figures`.
    indicator = models.CharField(_("指标代码"), max_length=8, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["round_id", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "code"], name="question_once"),
            models.CheckConstraint(condition=models.Q(max_length__gte=models.F("min_length")), name="question_lengths"),
            models.CheckConstraint(
                condition=~models.Q(kind="figure") | ~models.Q(indicator=""), name="question_figure_has_indicator"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Criterion(models.Model):
    """One line of the rubric. `anchors` are [from, word] in rising order; the last reaches to `maximum`."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="criteria")
    code = models.SlugField(max_length=24)
    title = models.CharField(_("指标"), max_length=40)
    note = models.CharField(_("观测点"), max_length=200, blank=True)
    maximum = models.DecimalField(_("满分"), max_digits=5, decimal_places=1)
    # Share of the total; null: the maximum itself is the weight.
    weight = models.DecimalField(_("权重"), max_digits=6, decimal_places=2, null=True, blank=True)
    anchors = models.JSONField(_("分档"), default=list, blank=True)
    # Points up to `explain_low` or from `explain_high` need an explanation.
    explain_low = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    explain_high = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["round_id", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "code"], name="criterion_once"),
            models.CheckConstraint(condition=models.Q(maximum__gt=0), name="criterion_has_points"),
            models.CheckConstraint(
                condition=models.Q(weight__isnull=True) | models.Q(weight__gt=0), name="criterion_weighs"
            ),
        ]

    def __str__(self) -> str:
        return self.title
