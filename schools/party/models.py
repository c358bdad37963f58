from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import Unit
from schools.registry.models import Campus, School


class PartyOrganisationKind(models.TextChoices):
    COMMITTEE = "committee", _("党委")
    GENERAL_BRANCH = "general_branch", _("党总支")
    BRANCH = "branch", _("党支部")
    JOINT_BRANCH = "joint_branch", _("联合党支部")


class PartyOrganisation(Unit):
    """One node of a school's Party organisation tree. Members are counted here, persons are not listed."""

    SCOPE = {"district": "school__district", "school": "school", "organisation": "unit"}

    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="as_organisation"
    )
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="party_organisations")
    # A joint branch (联合党支部) serves further schools; it is still one organisation when counted above them.
    also_serves = models.ManyToManyField(School, related_name="joint_branches", blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="children", null=True, blank=True)
    campus = models.ForeignKey(Campus, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    kind = models.CharField(_("类别"), max_length=16, choices=PartyOrganisationKind)
    full_members = models.PositiveIntegerField(_("正式党员"), default=0)
    probationary_members = models.PositiveIntegerField(_("预备党员"), default=0)
    counted_on = models.DateField(_("统计日期"), null=True, blank=True)
    term_start = models.DateField(_("本届起"), null=True, blank=True)
    term_end = models.DateField(_("本届止"), null=True, blank=True)

    class Meta:
        verbose_name = _("党组织")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(term_end__isnull=True)
                | models.Q(term_start__isnull=True)
                | models.Q(term_end__gt=models.F("term_start")),
                name="party_term_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("unit")),
                name="party_not_its_own_parent",
            ),
        ]
