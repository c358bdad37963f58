"""Who exists: one identity (Unit) shared by the city, districts, zones, schools, groups and Party organisations.

Offices, cells and tokens point at a Unit, so that they need no column per level and no import of a higher room.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited


class Level(models.TextChoices):
    CITY = "city", _("市")
    DISTRICT = "district", _("区县")
    ZONE = "zone", _("党建片区")
    SCHOOL = "school", _("学校")
    GROUP = "group", _("教育集团")
    ORGANISATION = "organisation", _("党组织")


class Region(models.TextChoices):
    """Kinds of area inside which districts are compared."""

    CORE = "core", _("中心城区")
    NEW = "new", _("主城新区")
    NORTHEAST = "northeast", _("渝东北")
    SOUTHEAST = "southeast", _("渝东南")
    DIRECT = "direct", _("市直属")


class Unit(models.Model):
    """The stable identity of a unit. Codes are keys; names are for reading only."""

    # Higher rooms add how schools, groups and Party organisations are reached.
    SCOPE = {"district": ("pk", "as_zone__district"), "school": "pk", "organisation": "pk"}

    code = models.CharField(_("代码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    level = models.CharField(_("层级"), max_length=16, choices=Level, db_index=True)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)
    initials = models.CharField(max_length=100, blank=True, editable=False, db_index=True)
    valid_from = models.DateField(_("设立日期"), null=True, blank=True)
    # The first day on which the unit no longer exists.
    valid_to = models.DateField(_("终止日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("单位")
        ordering = ["code"]
        triggers = audited(unit="r.id", about=("level",))
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="unit_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.short_name or self.name


class City(Unit):
    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="as_city"
    )

    class Meta:
        verbose_name = _("市")


class District(Unit):
    """A district, county or zone administration; `is_direct` marks the unit of the city's own schools."""

    SCOPE = {"district": "unit"}

    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="as_district"
    )
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="districts", verbose_name=_("所属市"))
    name_en = models.CharField(_("英文名"), max_length=100, blank=True)
    kind = models.CharField(_("类别"), max_length=16)
    region = models.CharField(_("区域"), max_length=16, choices=Region)
    is_direct = models.BooleanField(_("市直属"), default=False)
    note = models.TextField(_("说明"), blank=True)
    tile_row = models.PositiveSmallIntegerField(null=True, blank=True)
    tile_column = models.PositiveSmallIntegerField(null=True, blank=True)
    successors = models.ManyToManyField("self", symmetrical=False, related_name="predecessors", blank=True)

    class Meta:
        verbose_name = _("区县")
        triggers = audited(key="unit_id", unit="r.unit_id", skip=("tile_row", "tile_column"))


class Zone(Unit):
    """党建片区: an optional layer between a district and its schools."""

    SCOPE = {"district": "district"}

    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="as_zone"
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="zones", verbose_name=_("区县"))

    class Meta:
        verbose_name = _("党建片区")
        triggers = audited(key="unit_id", unit="r.unit_id", about=("district_id",))


class DistrictSuccession(District.successors.through):  # type: ignore[name-defined]
    """Which district followed which: rows of the relation, named so that their changes are recorded."""

    class Meta:
        proxy = True
        verbose_name = _("区县沿革")
        triggers = audited(unit="r.from_district_id", about=("from_district_id", "to_district_id"))
