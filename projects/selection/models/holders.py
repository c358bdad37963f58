"""Who applies and who holds: typed, so that the database can tell a school from a post from a brand."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _translate
from django.utils.translation import gettext_lazy as _

from districts.models import Office
from schools.party.models import PartyOrganisation
from schools.registry.models import School


class HolderKind(models.TextChoices):
    SCHOOL = "school", _("学校")
    ORGANISATION = "organisation", _("党组织")
    POST = "post", _("职务（不写姓名）")
    BRAND = "brand", _("党建品牌")
    COURSE = "course", _("课程")
    TOPIC = "topic", _("课题")
    CASE = "case", _("案例")


SUBJECT_KINDS = (HolderKind.BRAND, HolderKind.COURSE, HolderKind.TOPIC, HolderKind.CASE)


class Held(models.Model):
    """A holder: always of a school; beside it an organisation, a post, or a thing that another room owns.

    `subject_id` is the key of that thing in its own room (0 when it is only named), `subject_title` its name here.
    """

    holder_kind = models.CharField(_("主体类型"), max_length=16, choices=HolderKind)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", verbose_name=_("学校"))
    organisation = models.ForeignKey(
        PartyOrganisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("党组织")
    )
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("任职")
    )
    subject_id = models.BigIntegerField(default=0)
    subject_title = models.CharField(_("名称"), max_length=100, blank=True)

    class Meta:
        abstract = True

    @property
    def holder_name(self) -> str:
        """What lists call the holder. Needs `school` (and `organisation`, `office__unit`) selected."""
        if self.holder_kind == HolderKind.ORGANISATION and self.organisation:
            return self.organisation.name
        if self.holder_kind == HolderKind.POST and self.office:
            return f"{self.office.unit.name} {self.office.get_role_display()}"
        if self.holder_kind in SUBJECT_KINDS:
            return _translate("%(title)s（%(school)s）") % {"title": self.subject_title, "school": self.school.name}
        return self.school.name


def holder_checks(prefix: str) -> list[models.BaseConstraint]:
    """The column that belongs to the kind is filled, and no other."""
    q = models.Q
    return [
        models.CheckConstraint(
            name=f"{prefix}_holder_organisation",
            condition=q(holder_kind="organisation", organisation__isnull=False)
            | (~q(holder_kind="organisation") & q(organisation__isnull=True)),
        ),
        models.CheckConstraint(
            name=f"{prefix}_holder_post",
            condition=q(holder_kind="post", office__isnull=False) | (~q(holder_kind="post") & q(office__isnull=True)),
        ),
        models.CheckConstraint(
            name=f"{prefix}_holder_subject",
            condition=(q(holder_kind__in=SUBJECT_KINDS) & ~q(subject_title=""))
            | (~q(holder_kind__in=SUBJECT_KINDS) & q(subject_id=0)),
        ),
    ]


def same_holder(held: Held) -> dict[str, Any]:
    """Lookup for other rows of the same holder."""
    return {
        "holder_kind": held.holder_kind,
        "school": held.school_id,
        "organisation": held.organisation_id,
        "office": held.office_id,
        "subject_id": held.subject_id,
        "subject_title": held.subject_title,
    }
