"""Facts and cells. Both are copies that can be made anew at any time, from rows that do carry foreign keys; their own
foreign keys would only be checked again, a million times a rebuild, and are left out (`rollup verify` compares them).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from districts.models import District, Unit, Zone
from reports.indicators.models import Indicator, Period, Qualifier
from schools.registry.models import School, SchoolGroup


class Boundaries(models.IntegerChoices):
    PERIOD = 0
    CURRENT = 1


class Placement(models.Model):
    """Where a school stood in a period and what it was: the district, zone, group and slices of its figures.

    Written when the period is first used and kept: a school that changes later keeps its place in history.
    """

    pk = models.CompositePrimaryKey("period_id", "school_id")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", db_index=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="placements")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    zone = models.ForeignKey(Zone, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    group = models.ForeignKey(SchoolGroup, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=16)
    area_type = models.CharField(max_length=8)
    ownership = models.CharField(max_length=8)

    class Meta:
        indexes = [models.Index(fields=["period", "district"], name="placement_by_district")]


class Fact(models.Model):
    """An approved value of one school in one period, with the district and slices that were right then."""

    pk = models.CompositePrimaryKey("period_id", "district_id", "indicator_id", "school_id")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, related_name="facts", db_index=False, db_constraint=False
    )
    value = models.DecimalField(max_digits=18, decimal_places=4)
    qualifier = models.PositiveSmallIntegerField(choices=Qualifier, default=Qualifier.EXACT)
    # True: computed from records; False: copied from a return in the transaction that approved it.
    derived = models.BooleanField(default=False)
    approved_at = models.DateTimeField()

    class Meta:
        constraints = [
            # One fact per school whatever district it is filed under: a move re-files it, it never doubles it.
            models.UniqueConstraint(fields=["school", "period", "indicator"], name="fact_once_per_school"),
        ]


class Cell(models.Model):
    """A rolled-up figure: what stands on every dashboard, in every brief and in the API."""

    pk = models.CompositePrimaryKey("period_id", "boundaries", "unit_id", "indicator_id", "slice")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    boundaries = models.PositiveSmallIntegerField(choices=Boundaries, default=Boundaries.PERIOD)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    # "all", "kind:primary", "area:rural", "ownership:public", …
    slice = models.CharField(max_length=20, default="all")
    value = models.DecimalField(max_digits=24, decimal_places=8, null=True)
    numerator = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    total = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    low = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    high = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    # Enum indicators: {"4": 12, "3": 60, …}
    distribution = models.JSONField(null=True)
    qualifier = models.PositiveSmallIntegerField(choices=Qualifier, default=Qualifier.EXACT)
    reported = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(null=True)
    # No index beside the key: whoever reads knows the periods, and every further index would cost on every cell.


class StaleMark(models.Model):
    """(period, district) whose cells no longer follow from the facts. The work list lives here, not in Redis.

    `indicators`: whose facts changed; null stands for all of them. `school`: whose figures changed, of a school that
    stands where it stood; null stands for the whole district. `direct`: the period is the one that was reported for,
    and somebody waits to see it; the wholes that it is a part of come after it.
    """

    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+")
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    indicators = ArrayField(models.BigIntegerField(), null=True)
    direct = models.BooleanField(default=False, db_default=False)
    marked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["marked_at"]


class FactEntity(models.Model):
    """One counted thing behind a fact: what is counted distinct at every level instead of being added up."""

    pk = models.CompositePrimaryKey("period_id", "indicator_id", "school_id", "entity")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    entity = models.BigIntegerField()


class Restated(models.Model):
    """Units whose schools in a period were others than today: under current boundaries they have cells of their own."""

    pk = models.CompositePrimaryKey("period_id", "unit_id")
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")


class Recomputed(models.Model):
    """How often the cells of a period have been written: what is remembered about them is right for one version."""

    period = models.OneToOneField(Period, on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.PositiveBigIntegerField(default=0)
