"""What a school is known for: its Party brands, and courses and cases that it shows."""

from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited
from schools.party.models import PartyOrganisation
from schools.registry.models import School, SchoolGroup

from . import triggers


class OwnerKind(models.TextChoices):
    SCHOOL = "school", _("学校")
    BRANCH = "branch", _("支部")
    GROUP = "group", _("教育集团")


class Shown(models.Model):
    """Something of a school that is in use from a day on. `ended_on` is the first day on which it no longer counts."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", verbose_name=_("学校"))
    name = models.CharField(_("名称"), max_length=60)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)
    initials = models.CharField(max_length=100, blank=True, editable=False)
    started_on = models.DateField(_("启用日期"))
    ended_on = models.DateField(_("停用日期"), null=True, blank=True)
    end_reason = models.CharField(_("停用原因"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


def life_checks(prefix: str) -> list[models.BaseConstraint]:
    """Whatever has ended says why and ended after it began."""
    return [
        models.CheckConstraint(
            name=f"{prefix}_ended_with_reason",
            condition=models.Q(ended_on__isnull=True, end_reason="")
            | (models.Q(ended_on__isnull=False, ended_on__gt=models.F("started_on")) & ~models.Q(end_reason="")),
        ),
        models.CheckConstraint(name=f"{prefix}_has_name", condition=~models.Q(name="")),
    ]


class Brand(Shown):
    """党建品牌 of a school, of one of its branches, or of a school group (then `school` is the one that leads it)."""

    SCOPE = {
        "school": ("school", "group__schools"),
        "organisation": "school__party_organisations",
        "district": ("school__district", "group__schools__district"),
        "group": "group",
    }

    owner_kind = models.CharField(_("归属"), max_length=8, choices=OwnerKind, default=OwnerKind.SCHOOL)
    organisation = models.ForeignKey(
        PartyOrganisation, on_delete=models.PROTECT, null=True, blank=True, related_name="brands",
        verbose_name=_("所属支部"),
    )  # fmt: skip
    group = models.ForeignKey(
        SchoolGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="brands", verbose_name=_("教育集团")
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("上级品牌")
    )
    concept = models.TextField(_("品牌理念"), max_length=500)
    # One a line.
    elements = models.TextField(_("品牌要素"), max_length=1000, blank=True)

    class Meta:
        ordering = ["school_id", "started_on", "id"]
        verbose_name = _("党建品牌")
        triggers = [
            triggers.owner_is_of_school,
            *audited(unit="r.school_id", about=("name",), skip=("saved_at", "made_by_id")),
        ]
        indexes = [models.Index(fields=["school", "ended_on"], name="showcase_brand_of_school")]
        constraints = [
            *life_checks("showcase_brand"),
            models.CheckConstraint(
                name="showcase_brand_has_owner",
                condition=models.Q(owner_kind="school", organisation__isnull=True, group__isnull=True)
                | models.Q(owner_kind="branch", organisation__isnull=False, group__isnull=True)
                | models.Q(owner_kind="group", organisation__isnull=True, group__isnull=False, parent__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["school", "name"], condition=models.Q(ended_on__isnull=True), name="showcase_brand_name_once"
            ),
        ]

    @property
    def owner_name(self) -> str:
        """Needs `school`, `organisation`, `group` selected."""
        if self.organisation is not None:
            return self.organisation.name
        return self.group.name if self.group is not None else self.school.name

    @property
    def has_lost_owner(self) -> bool:
        """Its branch is no more: it counts nowhere until it is given to another one or ended."""
        gone = self.organisation.valid_to if self.organisation is not None else None
        return gone is not None and gone <= timezone.localdate()

    @property
    def element_list(self) -> list[str]:
        return [line for line in self.elements.split("\n") if line]


class ExhibitKind(models.TextChoices):
    COURSE = "course", _("课程")
    CASE = "case", _("案例")


class Reach(models.TextChoices):
    SCHOOL = "school", _("校内")
    DISTRICT = "district", _("区县")
    CITY = "city", _("市级")
    NATIONAL = "national", _("国家级")


def stored_name(instance: object, filename: str) -> str:
    """Random: a name on disk tells nothing. The name that people see is a column."""
    return f"showcase/{uuid4().hex}{PurePath(filename).suffix.lower()[:8]}"


class Exhibit(Shown):
    """A course or a case that the school shows: a summary, a link or a file, and where it was published."""

    SCOPE = {"school": "school", "organisation": "school__party_organisations", "district": "school__district"}

    kind = models.CharField(_("类别"), max_length=8, choices=ExhibitKind)
    summary = models.TextField(_("简介"), max_length=1000)
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="exhibits", verbose_name=_("所属品牌")
    )
    link = models.URLField(_("链接"), max_length=300, blank=True)
    file = models.FileField(upload_to=stored_name, blank=True)
    file_name = models.CharField(_("附件"), max_length=120, blank=True)
    file_size = models.PositiveIntegerField(default=0)
    media_type = models.CharField(max_length=100, blank=True)
    # Where it came out, for whom, and when; empty as long as it has not.
    publication = models.CharField(_("公开或刊发于"), max_length=120, blank=True)
    reach = models.CharField(_("公开范围"), max_length=8, choices=Reach, default=Reach.SCHOOL)
    published_on = models.DateField(_("公开日期"), null=True, blank=True)

    class Meta:
        ordering = ["school_id", "kind", "started_on", "id"]
        verbose_name = _("课程和案例")
        triggers = [
            triggers.brand_is_of_school,
            *audited(unit="r.school_id", about=("name", "kind"), skip=("saved_at", "made_by_id", "file")),
        ]
        indexes = [models.Index(fields=["school", "kind"], name="showcase_exhibit_of_school")]
        constraints = [
            *life_checks("showcase_exhibit"),
            models.CheckConstraint(
                name="showcase_exhibit_published_somewhere",
                condition=models.Q(published_on__isnull=True, publication="")
                | (models.Q(published_on__isnull=False) & ~models.Q(publication="")),
            ),
            models.CheckConstraint(
                name="showcase_exhibit_file_has_name",
                condition=models.Q(file="", file_name="") | (~models.Q(file="") & ~models.Q(file_name="")),
            ),
            models.UniqueConstraint(
                fields=["school", "kind", "name"], condition=models.Q(ended_on__isnull=True),
                name="showcase_exhibit_name_once",
            ),
        ]  # fmt: skip
