from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import District, Unit, Zone
from portal.audit.triggers import audited


class Stage(models.TextChoices):
    """办学类型; `STAGES_OF_KIND` says which stages (学段) a kind holds."""

    PRIMARY = "primary", _("小学")
    JUNIOR = "junior", _("初中")
    SENIOR = "senior", _("高中")
    VOCATIONAL = "vocational", _("中职")
    SPECIAL = "special", _("特教")


class SchoolKind(models.TextChoices):
    PRIMARY = "primary", _("小学")
    JUNIOR = "junior", _("初级中学")
    SENIOR = "senior", _("高级中学")
    COMPLETE = "complete", _("完全中学")
    NINE_YEAR = "nine_year", _("九年一贯制学校")
    TWELVE_YEAR = "twelve_year", _("十二年一贯制学校")
    VOCATIONAL = "vocational", _("中等职业学校")
    SPECIAL = "special", _("特殊教育学校")


STAGES_OF_KIND: dict[str, tuple[str, ...]] = {
    SchoolKind.PRIMARY: (Stage.PRIMARY,),
    SchoolKind.JUNIOR: (Stage.JUNIOR,),
    SchoolKind.SENIOR: (Stage.SENIOR,),
    SchoolKind.COMPLETE: (Stage.JUNIOR, Stage.SENIOR),
    SchoolKind.NINE_YEAR: (Stage.PRIMARY, Stage.JUNIOR),
    SchoolKind.TWELVE_YEAR: (Stage.PRIMARY, Stage.JUNIOR, Stage.SENIOR),
    SchoolKind.VOCATIONAL: (Stage.VOCATIONAL,),
    SchoolKind.SPECIAL: (Stage.SPECIAL,),
}


class Ownership(models.TextChoices):
    PUBLIC = "public", _("公办")
    PRIVATE = "private", _("民办")


class AreaType(models.TextChoices):
    URBAN = "urban", _("城区")
    TOWN = "town", _("镇区")
    RURAL = "rural", _("乡村")


class SchoolGroup(Unit):
    """教育集团: schools that are run together, across districts if need be."""

    SCOPE = {"group": "unit", "district": "schools__district", "school": "schools"}

    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="as_group"
    )

    class Meta:
        verbose_name = _("教育集团")


class School(Unit):
    """A school. `kind` is the slice 学段 of the roll-up; `stages` is the set it teaches."""

    SCOPE = {"district": "district", "school": "unit", "organisation": "party_organisations", "group": "group"}

    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="as_school"
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="schools", verbose_name=_("主管单位"))
    zone = models.ForeignKey(
        Zone, on_delete=models.PROTECT, related_name="schools", null=True, blank=True, verbose_name=_("党建片区")
    )
    # Where the school stands; differs from `district` for schools that the city runs directly.
    location_district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="located_schools", verbose_name=_("所在区县")
    )
    group = models.ForeignKey(
        SchoolGroup, on_delete=models.PROTECT, related_name="schools", null=True, blank=True, verbose_name=_("教育集团")
    )
    kind = models.CharField(_("办学类型"), max_length=16, choices=SchoolKind)
    ownership = models.CharField(_("举办性质"), max_length=8, choices=Ownership, default=Ownership.PUBLIC)
    area_type = models.CharField(_("城乡类型"), max_length=8, choices=AreaType)
    town = models.CharField(_("镇街"), max_length=40, blank=True)
    successors = models.ManyToManyField("self", symmetrical=False, related_name="predecessors", blank=True)

    class Meta:
        verbose_name = _("学校")
        triggers = audited(key="unit_id", unit="r.unit_id")
        indexes = [models.Index(fields=["district", "kind"], name="school_by_district")]

    @property
    def stages(self) -> tuple[str, ...]:
        return STAGES_OF_KIND[self.kind]


class SchoolSuccession(School.successors.through):  # type: ignore[name-defined]
    """Which school followed which: rows of the relation, named so that their changes are recorded."""

    class Meta:
        proxy = True
        verbose_name = _("学校沿革")
        triggers = audited(unit="r.from_school_id", about=("from_school_id", "to_school_id"))


class Campus(models.Model):
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="campuses", verbose_name=_("学校"))
    name = models.CharField(_("校区"), max_length=60)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    is_main = models.BooleanField(_("本部"), default=False)

    class Meta:
        verbose_name = _("校区")
        triggers = audited(unit="r.school_id", about=("name",))
        ordering = ["school_id", "-is_main", "name"]
        constraints = [models.UniqueConstraint(fields=["school", "name"], name="campus_name_once")]

    def __str__(self) -> str:
        return self.name
