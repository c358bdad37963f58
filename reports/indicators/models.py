from django.db import models
from django.utils.translation import gettext_lazy as _

from districts.models import Unit
from portal.audit.triggers import audited
from projects.programmes.models import Programme


class PeriodKind(models.TextChoices):
    YEAR = "Y", _("年")
    HALF = "H", _("半年")
    QUARTER = "Q", _("季")
    MONTH = "M", _("月")
    TERM = "T", _("学期")
    AS_OF = "A", _("时点")


class Period(models.Model):
    """A span of days, both ends included. Codes: 2024, 2024H1, 2024Q3, 2024M09, 2024T1, 2024-12-31."""

    code = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=1, choices=PeriodKind)
    start = models.DateField()
    end = models.DateField(db_index=True)
    name = models.CharField(max_length=40)
    parts: "models.ManyToManyField[Period, PeriodPart]" = models.ManyToManyField(
        "self", symmetrical=False, through="PeriodPart", related_name="wholes"
    )

    class Meta:
        ordering = ["start", "end"]
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gte=models.F("start")), name="period_ends_after_start")
        ]

    def __str__(self) -> str:
        return self.name


class PeriodPart(models.Model):
    """`part` lies inside `whole`: the closure, so that one join finds every leaf of a year."""

    whole = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+")
    part = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["whole", "part"], name="period_part_once")]


class ValueType(models.TextChoices):
    INTEGER = "int", _("整数")
    DECIMAL = "dec", _("小数")
    ENUM = "enum", _("等次")


class Aggregation(models.TextChoices):
    SUM = "sum", _("求和")
    STOCK = "stock", _("各校相加，取期末")
    DISTINCT = "distinct", _("去重计数")
    RATIO = "ratio", _("分子合计除以分母合计")
    MEAN = "mean", _("平均")
    MIN = "min", _("最小")
    MAX = "max", _("最大")
    LATEST = "latest", _("最近一次")
    DISTRIBUTION = "dist", _("分布")


IN_WORDS = {
    Aggregation.SUM: _("各校相加；季、学期、月相加成年。"),
    Aggregation.STOCK: _("各校相加；一年取其中最后一次的数，不把各次相加。"),
    Aggregation.DISTINCT: _("同一个人或单位只计一次，由归属学校计；一年取最后一次的数。"),
    Aggregation.RATIO: _(
        "先把分子、分母各自汇总再相除，不取各校比率的平均；分子分母都报的学校才计入；分母为 0 时没有数值。"
    ),
    Aggregation.MEAN: _("已报学校的平均，每校一票。"),
    Aggregation.MIN: _("已报学校中最小的数。"),
    Aggregation.MAX: _("已报学校中最大的数。"),
    Aggregation.LATEST: _("学校最近一次的数，不往上汇总。"),
    Aggregation.DISTRIBUTION: _("各等次有多少所学校；不求平均。"),
}


class Origin(models.TextChoices):
    REPORTED = "reported", _("学校填报")
    RECORDS = "records", _("由记录计算")
    DERIVED = "derived", _("由其他格推算")
    RATIO = "ratio", _("由分子分母计算")


class Direction(models.TextChoices):
    UP = "up", _("越高越好")
    DOWN = "down", _("越低越好")
    NONE = "none", _("不评高低")


class Indicator(models.Model):
    code = models.CharField(max_length=8, unique=True)
    # False for the 80 of the catalogue, True for a numerator or denominator that only ratios need.
    is_element = models.BooleanField(default=False)
    name = models.CharField(max_length=60)
    english = models.CharField(max_length=60)
    pinyin = models.CharField(max_length=300, blank=True, editable=False)
    initials = models.CharField(max_length=60, blank=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="indicators")
    unit_of_measure = models.CharField(max_length=12, blank=True)
    value_type = models.CharField(max_length=4, choices=ValueType)
    period_kind = models.CharField(max_length=1, choices=PeriodKind)
    aggregation = models.CharField(max_length=8, choices=Aggregation)
    origin = models.CharField(max_length=8, choices=Origin)
    numerator = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    denominator = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # 100 for a percentage, 1 for a plain quotient.
    scale = models.PositiveSmallIntegerField(default=1)
    decimals = models.PositiveSmallIntegerField(default=0)
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.NONE)
    # Derived elements: how the value follows from other cells of the same school and period.
    derivation = models.JSONField(default=dict, blank=True)
    # Enum: [{"value": 4, "label": "好"}, …]
    choices = models.JSONField(default=list, blank=True)
    validation = models.JSONField(default=list, blank=True)
    counts_persons = models.BooleanField(default=False)
    owner_counts = models.BooleanField(default=False)
    until_ledger = models.BooleanField(default=False)
    definition = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name

    @property
    def aggregation_in_words(self) -> str:
        return str(IN_WORDS[Aggregation(self.aggregation)])


class DefinitionChange(models.Model):
    """Dated change log of a definition: what a field said before and says since."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    effective_from = models.DateField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-effective_from", "-id"]


class Target(models.Model):
    """What a unit wants to reach in a period. A district without its own target takes the city's."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="targets", verbose_name=_("单位"))
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="targets", verbose_name=_("时期"))
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="targets", verbose_name=_("指标"))
    value = models.DecimalField(_("目标值"), max_digits=18, decimal_places=4)
    source = models.CharField(_("来源"), max_length=200, blank=True)
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("目标")
        triggers = audited(unit="r.unit_id", about=("indicator_id", "period_id"), skip=("set_at",))
        constraints = [models.UniqueConstraint(fields=["unit", "period", "indicator"], name="target_once")]


class Qualifier(models.IntegerChoices):
    """How exact a figure is. Ordered so that the weakest of several is their maximum."""

    EXACT = 0, _("准确")
    AT_LEAST = 1, _("至少")
    APPROXIMATE = 2, _("约")
