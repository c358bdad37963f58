"""Every part of a page as an ordinary table: shown under 看表格, and exported with what the numbers mean.

A builder reads the same selector as the part itself, so that a table can never say something else than the picture.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import Scope
from districts.models import Level, Unit
from portal.ui.formats import MARKS, SUPPRESSED
from reports.dashboards.state import HEAT_MODES, State
from reports.indicators.models import Indicator
from reports.rollup.selectors import CellRow

from .selectors.board import Board, get_board
from .selectors.drill import get_drill
from .selectors.schools import find_schools, get_schools
from .selectors.series import Figure, build_figures, read_series


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks a table for."""

    scope: Scope
    unit: Unit
    state: State
    columns: Sequence[Indicator] = ()
    schools: str = "all"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain values; a number is Decimal or int, an empty one None. `numbers`: which columns are figures."""

    title: str
    head: list[str]
    rows: list[list[Any]]
    numbers: frozenset[int] = frozenset()
    notes: list[str] = field(default_factory=list)


def build_table(name: str, asked: Asked) -> Table | None:
    """The table of that name with its notes; None if there is none such or the unit has no such part."""
    build = BUILDERS.get(name) if name in dict(list_exports(asked.unit.level)) else None
    table = build(asked) if build else None
    if table is None:
        return None
    kinds = (int, Decimal)
    numbers = {n for row in table.rows for n, value in enumerate(row) if isinstance(value, kinds)}
    return Table(table.title, table.head, table.rows, frozenset(numbers), [*_notes(asked), *table.notes])


def _notes(asked: Asked) -> list[str]:
    state = asked.state
    where = _("%(unit)s　%(period)s　%(boundaries)s　%(slice)s") % {
        "unit": asked.unit.name, "period": state.period.name, "boundaries": state.boundaries_label,
        "slice": state.slice_label,
    }  # fmt: skip
    made = _("导出时间 %s") % f"{timezone.localtime():%Y-%m-%d %H:%M}"
    return [where, made, _("* 不足 5 人；空白为没有数值，不是零。比率由分子分母汇总得出，不取平均；缺报不按零计。")]


def _definition(indicator: Indicator) -> str:
    return f"{indicator.code} {indicator.name}（{indicator.unit_of_measure}）：{indicator.definition}"


def rounded(value: Decimal | None, indicator: Indicator) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(Decimal(1).scaleb(-indicator.decimals))


def _value(cell: CellRow | None, indicator: Indicator) -> list[Any]:
    """Value and how exact it is, numerator, denominator."""
    if cell is None or not cell.reported:
        return [None, "", None, None]
    if cell.suppressed:
        return [SUPPRESSED, "", None, None]
    if cell.distribution:
        labels = {str(c["value"]): c["label"] for c in indicator.choices}
        words = "；".join(f"{labels.get(k, k)} {n}" for k, n in sorted(cell.distribution.items(), reverse=True))
        return [words, "", None, None]
    return [rounded(cell.value, indicator), MARKS[cell.qualifier], cell.numerator, cell.denominator]


def _pedigree(cell: CellRow | None) -> list[Any]:
    if cell is None:
        return [0, 0, ""]
    return [cell.reported, cell.expected, _stamp(cell)]


def _stamp(cell: CellRow) -> str:
    return f"{timezone.localtime(cell.as_of):%Y-%m-%d %H:%M}" if cell.as_of else ""


def pedigree_head() -> list[str]:
    return [_("已审学校"), _("应报学校"), _("截至")]


def _figure_rows(figures: Iterable[Figure]) -> list[list[Any]]:
    return [
        [
            f.indicator.code, f.indicator.name, f.indicator.unit_of_measure, f.period_name if f.cell else "",
            *_value(f.cell, f.indicator), rounded(f.target, f.indicator), rounded(f.change, f.indicator),
            f.compared_with if f.change is not None else "", *_pedigree(f.cell), f.indicator.definition,
        ]
        for f in figures
    ]  # fmt: skip


def _figure_head() -> list[str]:
    return [
        _("代码"), _("指标"), _("单位"), _("时期"), _("数值"), _("性质"), _("分子"), _("分母"), _("目标"),
        _("变化"), _("比较"), *pedigree_head(), _("口径"),
    ]  # fmt: skip


def _cards(asked: Asked) -> Table:
    board = _board(asked)
    shown = [f for card in board.cards for f in (card.headline, *card.facts)]
    return Table(_("五双工程"), _figure_head(), _figure_rows(shown))


def _figures(asked: Asked) -> Table:
    from reports.indicators.selectors import list_shown

    indicators = list(list_shown())
    series = read_series(scope=asked.scope, unit=asked.unit, indicators=indicators, state=asked.state)
    figures = build_figures(series=series, indicators=indicators, state=asked.state, unit=asked.unit)
    return Table(_("全部指标"), _figure_head(), _figure_rows(figures.values()))


def _children(asked: Asked) -> Table:
    indicator = asked.state.indicator
    drill = get_drill(scope=asked.scope, unit=asked.unit, state=asked.state)
    head = [_("代码"), _("单位"), _("数值"), _("性质"), _("分子"), _("分母"), *pedigree_head()]
    rows = [[c.unit_code, c.unit_name, *_value(c, indicator), *_pedigree(c)] for c in drill.children]
    return Table(indicator.name, head, rows, notes=[_definition(indicator)])


def _trend(asked: Asked) -> Table | None:
    board = _board(asked)
    if board.trend is None:
        return None
    i = asked.state.indicator
    head = [_("时期"), asked.unit.label, _("可比中位数"), _("全市")]
    rows = [[r.name, rounded(r.value, i), rounded(r.middle, i), rounded(r.city, i)] for r in board.trend.rows]
    return Table(i.name + _("走势"), head, rows, notes=[_definition(i)])


def _comparison(asked: Asked) -> Table | None:
    found = _board(asked).comparison
    if found is None:
        return None
    i = asked.state.indicator
    head = [_("单元"), _("数值"), _("性质"), _("分子"), _("分母"), _("较上期"), *pedigree_head()]
    rows = [[p.name, *_value(p.cell, i), rounded(p.change, i), *_pedigree(p.cell)] for p in found.rows]
    notes = [_("可比单元：%s。只在同类单元之间比较，不作全市排名。") % found.rule, _definition(i)]
    return Table(_("可比单元"), head, rows, notes=notes)


def _distance(asked: Asked) -> Table | None:
    rows = [
        [
            d.figure.indicator.code, d.figure.indicator.name, d.figure.period_name,
            *_value(d.figure.cell, d.figure.indicator), rounded(d.city, d.figure.indicator),
            rounded(d.middle, d.figure.indicator), rounded(d.figure.target, d.figure.indicator),
            rounded(d.figure.change, d.figure.indicator), *_pedigree(d.figure.cell),
        ]
        for d in _board(asked).distances
    ]  # fmt: skip
    head = [
        _("代码"), _("指标"), _("时期"), _("数值"), _("性质"), _("分子"), _("分母"), _("全市"), _("可比中位数"),
        _("目标"), _("变化"), *pedigree_head(),
    ]  # fmt: skip
    return Table(_("五双指标"), head, rows) if rows else None


def _zones(asked: Asked) -> Table | None:
    board = _board(asked)
    if not board.zones:
        return None
    head = [_("片区")]
    for figure in board.zone_figures:
        head += [f"{figure.indicator.name}（{figure.period_name}）", _("已审学校"), _("应报学校")]
    rows: list[list[Any]] = []
    for line in board.zones:
        row: list[Any] = [line.zone.name]
        for figure, cell in zip(board.zone_figures, line.cells, strict=True):
            row += [_value(cell, figure.indicator)[0], *_pedigree(cell)[:2]]
        rows.append(row)
    return Table(_("片区"), head, rows)


def _progress(asked: Asked) -> Table | None:
    progress = _board(asked).progress
    if progress is None:
        return None
    mode = dict(HEAT_MODES)[asked.state.heat]
    head = [
        _("区域"),
        _("单元"),
        _("报表"),
        _("应报"),
        _("已审"),
        _("待审"),
        _("退回"),
        _("未报"),
        _("按时"),
        f"{mode}%",
    ]
    rows = [
        [
            str(cell.district.get_region_display()), cell.district.name, row.form.title, p.total, p.approved,
            p.submitted, p.returned, p.missing, p.on_time, cell.share,
        ]
        for row in progress.heat.rows
        for found in row.groups
        for cell in found
        if cell.district and (p := cell.progress).total
    ]  # fmt: skip
    return Table(_("报送进度"), head, rows)


def _attention(asked: Asked) -> Table:
    findings = _board(asked).findings
    rows = [
        [found.title, "；".join(f"{h} {'' if v is None else v}" for h, v in zip(found.head, row, strict=True))]
        for found in findings
        for row in found.rows
    ]
    return Table(_("需要关注"), [_("事项"), _("明细")], rows)


def _schools(asked: Asked) -> Table:
    found = find_schools(unit=asked.unit, state=asked.state, chosen=asked.schools, text=asked.text)
    table = get_schools(
        scope=asked.scope, unit=asked.unit, state=asked.state, indicators=asked.columns, lines=found.lines
    )
    names = [_("党员"), *(i.name for i in table.indicators)]
    head = [_("代码"), _("学校"), _("片区"), _("学段"), _("组织"), *names, _("报送"), _("提示")]
    rows = [
        [
            row.school.code, row.school.name, row.school.zone.name if row.school.zone else "",
            str(row.school.get_kind_display()), row.line.organisation,
            *(_value(cell, column)[0] for cell, column in zip(row.cells, table.columns, strict=True)),
            row.line.badge.word if row.line.badge else "", "；".join(row.line.hints),
        ]
        for row in table.rows
    ]  # fmt: skip
    return Table(_("学校"), head, rows, notes=[_definition(i) for i in table.indicators])


def _board(asked: Asked) -> Board:
    return get_board(scope=asked.scope, unit=asked.unit, state=asked.state)


BUILDERS: dict[str, Callable[[Asked], Table | None]] = {
    "attention": _attention,
    "cards": _cards,
    "children": _children,
    "comparison": _comparison,
    "distance": _distance,
    "figures": _figures,
    "progress": _progress,
    "schools": _schools,
    "trend": _trend,
    "zones": _zones,
}

EVERYWHERE = frozenset({Level.CITY, Level.DISTRICT, Level.ZONE, Level.GROUP, Level.SCHOOL})
PLACES = frozenset({Level.CITY, Level.DISTRICT})
# Which parts a page of the level offers as files, and their words.
EXPORTS: tuple[tuple[str, Promise, frozenset[Level]], ...] = (
    ("cards", gettext_lazy("五双工程"), EVERYWHERE),
    ("figures", gettext_lazy("全部指标"), EVERYWHERE),
    ("children", gettext_lazy("下级数值"), EVERYWHERE - {Level.SCHOOL}),
    ("trend", gettext_lazy("走势"), EVERYWHERE),
    ("comparison", gettext_lazy("可比单元"), frozenset({Level.CITY, Level.DISTRICT, Level.ZONE})),
    ("distance", gettext_lazy("五双指标"), frozenset({Level.DISTRICT, Level.ZONE})),
    ("zones", gettext_lazy("片区"), frozenset({Level.DISTRICT})),
    ("progress", gettext_lazy("报送进度"), PLACES),
    ("attention", gettext_lazy("需要关注"), PLACES),
    ("schools", gettext_lazy("学校"), frozenset({Level.DISTRICT, Level.ZONE, Level.GROUP})),
)


def list_exports(level: str) -> list[tuple[str, str]]:
    return [(name, str(word)) for name, word, levels in EXPORTS if level in levels]


def list_exports_of(board: Board, level: str) -> list[tuple[str, str]]:
    """Those of a page as it stands: a part that shows nothing is no file either."""
    parts: dict[str, Any] = {
        "trend": board.trend, "comparison": board.comparison, "zones": board.zones, "progress": board.progress,
    }  # fmt: skip
    return [(name, word) for name, word in list_exports(level) if parts.get(name, True)]
