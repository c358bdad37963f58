"""A research topic from its registration to its closing, the rules it runs under, and where its results are applied."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _translate
from django.utils.translation import gettext_lazy as _

from districts.models import Level, Unit
from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel
from projects.selection.models import Designation
from schools.party.models import PartyOrganisation
from schools.registry.models import School
from schools.showcase.models import Brand

from . import triggers


class Regulation(models.Model):
    """The rules for funded topics from a day on. A topic keeps those under which it was funded."""

    valid_from = models.DateField(_("起用日期"), unique=True)
    amount = models.PositiveIntegerField(_("每项资助（元）"))
    contract_days = models.PositiveSmallIntegerField(_("签任务书（立项后天数）"))
    opening_days = models.PositiveSmallIntegerField(_("开题（签任务书后天数）"))
    midterm_months = models.PositiveSmallIntegerField(_("中期检查（立项后月数）"))
    term_months = models.PositiveSmallIntegerField(_("研究期限（月）"))
    extension_times = models.PositiveSmallIntegerField(_("延期次数"))
    extension_months = models.PositiveSmallIntegerField(_("每次最长延期（月）"))
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("课题管理规则")
        triggers = audited(about=("valid_from",))
        constraints = [
            models.CheckConstraint(
                condition=models.Q(midterm_months__gte=1, term_months__gt=models.F("midterm_months")),
                name="topics_regulation_midterm_in_term",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"


class Field(models.TextChoices):
    INTEGRATION = "integration", _("党建与教育教学融合")
    ORGANISATION = "organisation", _("党组织建设")
    MEMBERS = "members", _("党员教育管理")
    IDEOLOGY = "ideology", _("思想政治工作")
    INTEGRITY = "integrity", _("清廉学校与师德师风")
    OTHER = "other", _("其他")


class TopicStatus(models.TextChoices):
    REGISTERED = "registered", _("已登记，未立项")
    DROPPED = "dropped", _("已撤销登记")
    FUNDED = "funded", _("已立项，待签任务书")
    CONTRACTED = "contracted", _("待开题")
    OPENED = "opened", _("研究中")
    MIDTERM = "midterm", _("研究中，中期通过")
    CLOSED = "closed", _("已结题")
    FAILED = "failed", _("未通过结题")
    TERMINATED = "terminated", _("已终止")


RUNNING = (TopicStatus.FUNDED, TopicStatus.CONTRACTED, TopicStatus.OPENED, TopicStatus.MIDTERM)
ENDED = (TopicStatus.CLOSED, TopicStatus.FAILED, TopicStatus.TERMINATED)
BEFORE = (TopicStatus.REGISTERED, TopicStatus.DROPPED)


class Topic(WorkflowModel):
    """A research topic. `unit`, `year` and `number` (立项编号) come with the funding, by the city or a district.

    `leader` is a post or a teacher's number, never a name. `next_due`: the day of the next paper while it runs.
    """

    SCOPE = {"school": "school", "organisation": "organisation", "district": "school__district"}

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="topics", verbose_name=_("承担学校"))
    organisation = models.ForeignKey(
        PartyOrganisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("承担党组织"),
    )
    title = models.CharField(_("课题名称"), max_length=100)
    field = models.CharField(_("研究方向"), max_length=16, choices=Field)
    leader = models.CharField(_("主持人"), max_length=30)
    members = models.PositiveSmallIntegerField(_("课题组人数"))
    summary = models.TextField(_("研究内容"))
    promised = models.TextField(_("预期成果"))
    # With the funding.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField(_("立项年度"), null=True, blank=True)
    number = models.PositiveSmallIntegerField(_("编号"), null=True, blank=True)
    designation = models.OneToOneField(
        Designation, on_delete=models.PROTECT, null=True, blank=True, related_name="topic", verbose_name=_("称号")
    )
    regulation = models.ForeignKey(Regulation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amount = models.PositiveIntegerField(_("资助金额（元）"), null=True, blank=True)
    contract_number = models.CharField(_("任务书编号"), max_length=40, blank=True)
    awarded_on = models.DateField(_("立项日期"), null=True, blank=True)
    midterm_due = models.DateField(_("中期检查"), null=True, blank=True)
    due_on = models.DateField(_("应结题日期"), null=True, blank=True)
    next_due = models.DateField(_("应报日期"), null=True, blank=True)
    closed_on = models.DateField(_("结题日期"), null=True, blank=True)
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-year", "number", "id"]
        verbose_name = _("党建课题")
        indexes = [
            models.Index(fields=["status", "next_due"], name="topics_topic_due"),
            models.Index(fields=["school", "year"], name="topics_topic_of_school"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=TopicStatus.values), name="topics_topic_status"),
            models.CheckConstraint(condition=models.Q(members__gte=1), name="topics_topic_members"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=BEFORE, unit=None, year=None, number=None, designation=None, regulation=None,
                    amount=None, awarded_on=None, midterm_due=None, due_on=None,
                )
                | ~models.Q(status__in=BEFORE)
                & models.Q(
                    unit__isnull=False, year__isnull=False, number__gte=1, designation__isnull=False,
                    regulation__isnull=False, amount__isnull=False, awarded_on__isnull=False,
                    midterm_due__gt=models.F("awarded_on"), due_on__gt=models.F("awarded_on"),
                ),
                name="topics_topic_funded_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RUNNING, next_due__isnull=False)
                | ~models.Q(status__in=RUNNING) & models.Q(next_due=None),
                name="topics_topic_next_due",
            ),
            models.CheckConstraint(
                condition=models.Q(status="closed", closed_on__isnull=False)
                | ~models.Q(status="closed") & models.Q(closed_on=None),
                name="topics_topic_closed_on",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=("failed", "terminated"), ended_on__isnull=False)
                | ~models.Q(status__in=("failed", "terminated")) & models.Q(ended_on=None),
                name="topics_topic_ended_on",
            ),
            models.UniqueConstraint(fields=["unit", "year", "number"], name="topics_topic_number_once"),
            models.UniqueConstraint(
                fields=["school", "title"], condition=models.Q(status="registered"), name="topics_topic_registered_once"
            ),
        ]  # fmt: skip
        triggers = audited(unit="r.school_id", about=("title", "status"), skip=("saved_at",))

    def __str__(self) -> str:
        return self.title

    @property
    def code(self) -> str:
        """立项编号; empty before the funding."""
        return f"{self.year}-{self.number:02d}" if self.year and self.number else ""

    @property
    def is_city(self) -> bool:
        """Funded by the city. Needs `unit` selected."""
        return self.unit is not None and self.unit.level == Level.CITY

    @property
    def status_word(self) -> str:
        return str(TopicStatus(self.status).label)


class PracticeKind(models.TextChoices):
    SCHOOL = "school", _("学校")
    ORGANISATION = "organisation", _("党组织")
    BRAND = "brand", _("党建品牌")


class Practice(models.Model):
    """Where a topic's results are applied: a school, one of its Party organisations, or a brand of it.

    With a `designation` the practice stands behind a title that this school holds.
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="practices")
    kind = models.CharField(_("应用单位"), max_length=16, choices=PracticeKind)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", verbose_name=_("学校"))
    organisation = models.ForeignKey(
        PartyOrganisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("党组织")
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="practices", verbose_name=_("党建品牌")
    )
    designation = models.ForeignKey(
        Designation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="practices",
        verbose_name=_("相关称号"),
    )
    since = models.DateField(_("开始应用"))
    ended_on = models.DateField(_("停止应用"), null=True, blank=True)
    note = models.CharField(_("怎样应用"), max_length=300)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["topic_id", "since", "id"]
        verbose_name = _("实践应用")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="school", organisation=None, brand=None)
                | models.Q(kind="organisation", organisation__isnull=False, brand=None)
                | models.Q(kind="brand", organisation=None, brand__isnull=False),
                name="topics_practice_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("since")),
                name="topics_practice_days",
            ),
            models.UniqueConstraint(
                fields=["topic", "kind", "school", "organisation", "brand"], condition=models.Q(ended_on=None),
                nulls_distinct=False, name="topics_practice_once",
            ),
        ]  # fmt: skip
        triggers = [
            triggers.practice_of_school,
            *audited(
                unit="(SELECT t.school_id FROM topics_topic t WHERE t.id = r.topic_id)", about=("topic_id", "kind")
            ),
        ]

    def __str__(self) -> str:
        return self.place

    @property
    def place(self) -> str:
        """What is read as the unit. Needs `school`, `organisation`, `brand` selected."""
        if self.kind == PracticeKind.ORGANISATION and self.organisation:
            return self.organisation.name
        if self.kind == PracticeKind.BRAND and self.brand:
            return _translate("%(brand)s（%(school)s）") % {"brand": self.brand.name, "school": self.school.name}
        return self.school.name
