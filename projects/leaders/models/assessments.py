"""The standard, what each secretary's post shows against it, and how a gap is to be closed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited
from portal.workflow.models import WorkflowModel
from schools.party.models import PartyOrganisation
from schools.registry.models import School


class Standard(models.Model):
    """What counts as 双带头人 from a day on: the proofs of each side, and how long an assessment stands.

    The document itself is not public; the city keeps its wording here as data.
    """

    valid_from = models.DateField(_("起用日期"), unique=True)
    party_text = models.TextField(_("党建带头"))
    work_text = models.TextField(_("业务带头"))
    party_kinds = ArrayField(models.CharField(max_length=40), verbose_name=_("党建带头的证明"))
    work_kinds = ArrayField(models.CharField(max_length=40), verbose_name=_("业务带头的证明"))
    term_months = models.PositiveSmallIntegerField(_("有效期（月）"))
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("双带头人标准")
        triggers = audited(about=("valid_from",))
        constraints = [
            models.CheckConstraint(condition=models.Q(term_months__gte=1), name="leaders_standard_has_term"),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"


class AssessmentStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待县级确认")
    RETURNED = "returned", _("退回修改")
    CONFIRMED = "confirmed", _("已确认")
    ENDED = "ended", _("已终止")


# Being written or waiting: a post has one of these at most.
OPEN = (AssessmentStatus.DRAFT, AssessmentStatus.SUBMITTED, AssessmentStatus.RETURNED)
EDITABLE = (AssessmentStatus.DRAFT, AssessmentStatus.RETURNED)


class Assessment(WorkflowModel):
    """The secretary's post of one Party organisation against the standard, on a day, for a term.

    An empty kind says that this side has not been reached. `valid_to` is the first day on which it no longer counts.
    """

    SCOPE = {"school": "school", "organisation": "organisation", "district": "school__district"}

    organisation = models.ForeignKey(
        PartyOrganisation, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("党组织")
    )
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", verbose_name=_("学校"))
    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="+", verbose_name=_("标准"))
    assessed_on = models.DateField(_("认定日期"))
    party_kind = models.CharField(_("党建带头"), max_length=40, blank=True)
    party_proof = models.CharField(_("党建带头依据"), max_length=200, blank=True)
    work_kind = models.CharField(_("业务带头"), max_length=40, blank=True)
    work_proof = models.CharField(_("业务带头依据"), max_length=200, blank=True)
    meets = models.GeneratedField(
        expression=models.ExpressionWrapper(
            ~models.Q(party_kind="") & ~models.Q(work_kind=""), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    valid_to = models.DateField(_("有效期至"), null=True, blank=True)
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-assessed_on", "-id"]
        verbose_name = _("双带头人认定")
        triggers = audited(unit="r.school_id", about=("organisation_id", "status"), skip=("meets", "saved_at"))
        indexes = [
            models.Index(fields=["organisation", "-assessed_on"], name="leaders_assessment_of_post"),
            models.Index(fields=["school", "status"], name="leaders_assessment_of_school"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=AssessmentStatus.values), name="leaders_assessment_status_known"
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(status__in=OPEN), name="leaders_assessment_one_open"
            ),
            models.CheckConstraint(
                condition=(models.Q(party_kind="") | ~models.Q(party_proof=""))
                & (models.Q(work_kind="") | ~models.Q(work_proof="")),
                name="leaders_assessment_has_proof",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=OPEN)
                | models.Q(valid_to__isnull=False, valid_to__gt=models.F("assessed_on")),
                name="leaders_assessment_confirmed_has_term",
            ),
            models.CheckConstraint(
                condition=models.Q(status="ended", ended_on__isnull=False)
                | (~models.Q(status="ended") & models.Q(ended_on__isnull=True)),
                name="leaders_assessment_ended_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.assessed_on}"


class GapPlan(models.Model):
    """培养措施: how the holder of a post that does not meet the standard is brought there, and by when."""

    SCOPE = {"school": "school", "organisation": "organisation", "district": "school__district"}

    organisation = models.ForeignKey(
        PartyOrganisation, on_delete=models.PROTECT, related_name="gap_plans", verbose_name=_("党组织")
    )
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", verbose_name=_("学校"))
    measures = models.CharField(_("培养措施"), max_length=500)
    due_on = models.DateField(_("完成期限"))
    closed_on = models.DateField(_("完成日期"), null=True, blank=True)
    outcome = models.CharField(_("结果"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField(_("制定日期"))

    class Meta:
        ordering = ["-made_on", "-id"]
        verbose_name = _("培养措施")
        triggers = audited(unit="r.school_id", about=("organisation_id",))
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(closed_on__isnull=True), name="leaders_plan_one_open"
            ),
            models.CheckConstraint(condition=~models.Q(measures=""), name="leaders_plan_has_measures"),
            models.CheckConstraint(condition=models.Q(due_on__gt=models.F("made_on")), name="leaders_plan_due_later"),
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True) | ~models.Q(outcome=""), name="leaders_plan_closed_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.due_on}"
