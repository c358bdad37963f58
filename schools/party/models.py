import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import Unit
from portal.audit.triggers import audited
from schools.registry.models import Campus, School


class PartyOrganisationKind(models.TextChoices):
    COMMITTEE = "committee", _("党委")
    GENERAL_BRANCH = "general_branch", _("党总支")
    BRANCH = "branch", _("党支部")
    JOINT_BRANCH = "joint_branch", _("联合党支部")


# Whoever writes, the line above an organisation never comes back to it (ORG-6).
NO_CYCLE = """
WITH RECURSIVE line(id) AS (
    SELECT NEW.parent_id
    UNION
    SELECT o.parent_id FROM party_partyorganisation o JOIN line ON o.unit_id = line.id WHERE o.parent_id IS NOT NULL
)
SELECT EXISTS (SELECT 1 FROM line WHERE id = NEW.unit_id) INTO looped;
IF looped THEN
    RAISE EXCEPTION 'party organisation % would stand below itself', NEW.unit_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class PartyOrganisation(Unit):
    """One node of a school's Party organisation tree. Members are counted here, persons are not listed."""

    SCOPE = {"district": "school__district", "school": "school", "organisation": "unit"}

    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="as_organisation"
    )
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, related_name="party_organisations", verbose_name=_("学校")
    )
    # A joint branch (联合党支部) serves further schools; it is still one organisation when counted above them.
    also_serves = models.ManyToManyField(School, related_name="joint_branches", blank=True, verbose_name=_("联合单位"))
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="children", null=True, blank=True, verbose_name=_("上级党组织")
    )
    campus = models.ForeignKey(
        Campus, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("校区")
    )
    kind = models.CharField(_("类别"), max_length=16, choices=PartyOrganisationKind)
    full_members = models.PositiveIntegerField(_("正式党员"), default=0)
    probationary_members = models.PositiveIntegerField(_("预备党员"), default=0)
    counted_on = models.DateField(_("统计日期"), null=True, blank=True)
    term_start = models.DateField(_("本届起"), null=True, blank=True)
    term_end = models.DateField(_("本届止"), null=True, blank=True)

    class Meta:
        verbose_name = _("党组织")
        triggers = [
            *audited(key="unit_id", unit="r.school_id", about=("unit_id",)),
            pgtrigger.Trigger(
                name="no_cycle",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),
                condition=pgtrigger.Q(new__parent__isnull=False),
                declare=[("looped", "boolean")],
                func=NO_CYCLE,
            ),
        ]
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
