"""The blind panel: who may score, who may not, what they read, what they give."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import Office, Unit
from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel

from . import triggers
from .applications import Application
from .rounds import Criterion, Round


class Expert(models.Model):
    """An entry of the expert register; the right to score comes from the office."""

    office = models.OneToOneField(Office, on_delete=models.PROTECT, related_name="expert", verbose_name=_("任职"))
    expertise = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("专长"))
    employer = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在单位")
    )
    is_active = models.BooleanField(_("在库"), default=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("评审专家")
        triggers = audited(unit="r.employer_id")

    def __str__(self) -> str:
        return str(self.office.user)


class TieKind(models.TextChoices):
    COAUTHOR = "coauthor", _("共同署名成果")
    RELATIVE = "relative", _("亲属关系")
    GUIDED = "guided", _("指导过申报或建设")
    OTHER = "other", _("其他可能影响公正的关系")


class Tie(models.Model):
    """A relation to a unit that the expert declared before any draw."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="ties")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("单位"))
    kind = models.CharField(_("关系"), max_length=10, choices=TieKind)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    declared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["expert_id", "unit_id"]
        constraints = [models.UniqueConstraint(fields=["expert", "unit", "kind"], name="tie_once")]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.unit_id}"


class ConflictKind(models.TextChoices):
    OWN_UNIT = "own_unit", _("本单位")
    OWN_DISTRICT = "own_district", _("本区县")
    PAST_POST = "past_post", _("曾在该单位任职")
    TIE = "tie", _("已声明的关系")
    DECLARED = "declared", _("评审中申请回避")
    NAMED = "named", _("材料里列有本人姓名")
    READS = "reads", _("任职可查阅申报材料")


class Conflict(models.Model):
    """Why this expert never sees this application."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="conflicts")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="conflicts")
    kind = models.CharField(max_length=12, choices=ConflictKind)
    note = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["application_id", "expert_id"]
        constraints = [models.UniqueConstraint(fields=["expert", "application", "kind"], name="conflict_once")]
        triggers = [triggers.no_assignment]

    def __str__(self) -> str:
        return f"{self.expert_id} × {self.application_id}"


class BlindCopy(models.Model):
    """The redacted case, frozen at the draw: the only text of an application that an expert's page reads."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="blind_copy")
    # [{"section", "title", "kind", "segments": [[text, hidden kind or ""]] | "rows": [[segments]]}]
    content = models.JSONField()
    words = models.PositiveIntegerField(default=0)
    # Set while a reported leak is being looked into: nobody reads it.
    suspended = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.application_id}"


class AssignmentStatus(models.TextChoices):
    ASSIGNED = "assigned", _("待评")
    SUBMITTED = "submitted", _("已评")
    RECUSED = "recused", _("已回避")
    REPLACED = "replaced", _("已更换")


OPEN_OR_DONE = (AssignmentStatus.ASSIGNED, AssignmentStatus.SUBMITTED)


class Assignment(WorkflowModel):
    """One expert and one application: the score sheet."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="assignments")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="assignments")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="assignments")
    # The expert has said that nothing stands between them and this item; before that there is no text.
    declared_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(_("评语"), blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["round_id", "expert_id", "application_id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "expert"], name="assignment_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=AssignmentStatus.values), name="assignment_status_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="submitted")
                | models.Q(submitted_at__isnull=False, declared_at__isnull=False),
                name="assignment_submitted_declared",
            ),
        ]
        indexes = [models.Index(fields=["round", "status"], name="assignment_in_round")]
        triggers = [triggers.no_conflict]

    def __str__(self) -> str:
        return f"{self.application_id} × {self.expert_id}"


class Mark(models.Model):
    """Points for one criterion. Locked with the sheet, never above the maximum: a trigger."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="marks")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(max_digits=5, decimal_places=1)
    explanation = models.TextField(_("理由"), blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "criterion"], name="mark_once"),
            models.CheckConstraint(condition=models.Q(points__gte=0), name="mark_not_negative"),
        ]
        triggers = [triggers.locked_marks]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.criterion_id} {self.points}"


class LeakReport(models.Model):
    """An expert saw something that tells who it is. The item is closed until somebody has hidden it."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="leak_reports")
    note = models.CharField(_("在哪里看到"), max_length=300)
    reported_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.note[:20]


class Outcome(models.TextChoices):
    SELECT = "select", _("拟入选")
    DECLINE = "decline", _("不入选")


class Decision(models.Model):
    """Score and rank as they stood when the review closed, and what is proposed. Held until published together."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="decision")
    score = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    rank = models.PositiveIntegerField()
    sheets = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(changed_by__isnull=True) | ~models.Q(reason=""), name="decision_change_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.outcome}"
