"""What holders hand in: the case, its append-only versions, its files; and what districts recommend."""

from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import District
from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel

from . import triggers
from .holders import Held, holder_checks
from .rounds import Round


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("已申报，待资格审核")
    RETURNED = "returned", _("退回修改")
    DISTRICT_REVIEW = "district_review", _("资格通过，待推荐")
    RECOMMENDED = "recommended", _("已推荐")
    EXPERT_REVIEW = "expert_review", _("盲评中")
    SHORTLISTED = "shortlisted", _("拟入选，待公示")
    PUBLIC_NOTICE = "public_notice", _("公示中")
    ANNOUNCED = "announced", _("已公布")
    DECLINED = "declined", _("未入选")
    STRUCK = "struck", _("取消入选")
    INELIGIBLE = "ineligible", _("资格不符")
    WITHDRAWN = "withdrawn", _("已退出")


# States in which its own side writes in it.
EDITABLE = (ApplicationStatus.DRAFT, ApplicationStatus.RETURNED)
# States in which the holder does not stand in the round any more, and may apply anew.
GONE = (ApplicationStatus.WITHDRAWN, ApplicationStatus.INELIGIBLE)


class Application(Held, WorkflowModel):
    """One holder's case in one round. `district` is the one that was right when it was begun."""

    SCOPE = {"school": "school", "organisation": "organisation", "district": "district"}

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="applications")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    carried_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    # 材料 07: the only name that experts know.
    blind_code = models.CharField(max_length=8, blank=True)
    # Further words that identify the holder, found by people.
    hidden_words = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        ordering = ["round_id", "district_id", "school_id", "id"]
        verbose_name = _("申报")
        constraints = [
            *holder_checks("application"),
            models.CheckConstraint(
                condition=models.Q(status__in=ApplicationStatus.values), name="application_status_known"
            ),
            models.UniqueConstraint(
                fields=["round", "holder_kind", "school", "organisation", "office", "subject_id", "subject_title"],
                condition=~models.Q(status__in=GONE),
                nulls_distinct=False,
                name="application_once",
            ),
            models.UniqueConstraint(
                fields=["round", "blind_code"], condition=~models.Q(blind_code=""), name="application_blind_code_once"
            ),
        ]
        indexes = [
            models.Index(fields=["round", "status", "district"], name="application_in_round"),
            models.Index(fields=["school", "round"], name="application_of_school"),
        ]
        triggers = [triggers.chosen_within_cap, triggers.recommended_has_place]

    def __str__(self) -> str:
        return f"{self.round} {self.holder_name}"

    @property
    def status_word(self) -> str:
        return str(ApplicationStatus(self.status).label)


class Version(models.Model):
    """What was written. The newest is worked on; a submitted one is frozen by a trigger and kept."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    # Question code → text, or list of rows (lists of cells) for tables and names.
    answers = models.JSONField(default=dict, blank=True)
    # Question code → {"value", "label", "as_of"} as pulled in; never typed.
    figures = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField(auto_now=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="version_once")]
        triggers = [triggers.frozen_version]

    def __str__(self) -> str:
        return f"{self.application_id} v{self.number}"


def stored_name(instance: object, filename: str) -> str:
    """Random: a name on disk tells nothing. The name that people see is a column."""
    return f"selection/{uuid4().hex}{PurePath(filename).suffix.lower()[:8]}"


class FileCheck(models.TextChoices):
    WAITING = "waiting", _("待检查")
    CLEAN = "clean", _("未发现泄露")
    LEAKING = "leaking", _("发现可识别信息")
    UNREADABLE = "unreadable", _("无法自动检查，待人工确认")
    CLEARED = "cleared", _("人工确认可用")


class Attachment(models.Model):
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="attachments")
    question = models.SlugField(max_length=24)
    file = models.FileField(upload_to=stored_name)
    name = models.CharField(_("文件名"), max_length=120)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["version_id", "question", "id"]
        triggers = [triggers.frozen_attachment]

    def __str__(self) -> str:
        return self.name


class BlindFile(models.Model):
    """What the leak check found in a file, and the copy that experts may get instead of it."""

    attachment = models.OneToOneField(Attachment, on_delete=models.CASCADE, primary_key=True, related_name="blind")
    state = models.CharField(max_length=10, choices=FileCheck, default=FileCheck.WAITING)
    findings = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    clean_copy = models.FileField(upload_to=stored_name, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="cleared") | models.Q(cleared_by__isnull=False), name="blind_file_cleared_by"
            )
        ]

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.state}"

    @property
    def may_be_shown(self) -> bool:
        return self.state in (FileCheck.CLEAN, FileCheck.CLEARED)


class Place(models.Model):
    """One place of the quota. `allotted_to` is whose it was, `district` whose it is now; null is the city pool."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="places")
    number = models.PositiveIntegerField()
    allotted_to = models.ForeignKey(District, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    moved_reason = models.CharField(_("调剂理由"), max_length=200, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["round_id", "number"]
        verbose_name = _("推荐名额")
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="place_once"),
            models.CheckConstraint(
                condition=models.Q(moved_at__isnull=True) | ~models.Q(moved_reason=""), name="place_moved_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["round", "district"], name="place_of_district")]
        triggers = [
            triggers.taken_place_stays,
            triggers.quota_stands,
            *audited(unit="r.district_id", about=("round_id",)),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.number}"


class ListStatus(models.TextChoices):
    DRAFT = "draft", _("拟定")
    SENT = "sent", _("已报送")


class DistrictList(WorkflowModel):
    """A district's list of one round: drafted, decided together, sent; reopened only by the city."""

    SCOPE = {"district": "district"}

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="lists")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    minutes = models.TextField(_("集体研究情况"), blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "district"], name="district_list_once"),
            models.CheckConstraint(condition=models.Q(status__in=ListStatus.values), name="district_list_status"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.district_id}"


class Recommendation(models.Model):
    """An applicant on the list: with a place, or as a reserve without one."""

    SCOPE = {"district": "district"}

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="recommendation")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="recommendations")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    place = models.OneToOneField(Place, on_delete=models.PROTECT, null=True, blank=True, related_name="recommendation")
    is_reserve = models.BooleanField(_("候补"), default=False)
    rank = models.PositiveSmallIntegerField(_("排序"))
    reason = models.TextField(_("推荐理由"))

    class Meta:
        ordering = ["round_id", "district_id", "is_reserve", "rank"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_reserve=True, place__isnull=True)
                | models.Q(is_reserve=False, place__isnull=False),
                name="recommendation_needs_place",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="recommendation_has_reason"),
            models.UniqueConstraint(
                fields=["round", "district", "is_reserve", "rank"],
                deferrable=models.Deferrable.DEFERRED,
                name="recommendation_rank_once",
            ),
        ]
        triggers = [triggers.place_of_own_district, triggers.place_of_recommended]

    def __str__(self) -> str:
        return f"{self.application_id} {self.rank}"


class Veto(models.Model):
    """一票否决: from a day to a day the school may not apply. `valid_to` is the first day on which it may again.

    Never taken away: it runs out on its day, or somebody lifts it with a reason. One of the city is lifted by the city.
    """

    SCOPE = {"district": "school__district", "school": "school"}

    school = models.ForeignKey("registry.School", on_delete=models.PROTECT, related_name="+", verbose_name=_("学校"))
    reason = models.CharField(_("事由"), max_length=200)
    valid_from = models.DateField(_("起"))
    valid_to = models.DateField(_("止"), null=True, blank=True)
    of_city = models.BooleanField(default=False)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_reason = models.CharField(_("解除理由"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from", "-id"]
        verbose_name = _("一票否决")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | (models.Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~models.Q(lifted_reason="")),
                name="veto_lifted_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="veto_ends_after_start",
            ),
        ]
        triggers = audited(unit="r.school_id")

    def __str__(self) -> str:
        return f"{self.school_id} {self.valid_from}"
