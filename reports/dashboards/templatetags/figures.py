from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from districts.models import Level, Unit
from portal.ui.formats import NOTHING, SUPPRESSED, show_figure, show_moment
from reports.collection.models import Value
from reports.dashboards.selectors.comparison import Comparison, Peer
from reports.dashboards.selectors.distance import SCALE, ZERO, Distance
from reports.dashboards.selectors.peers import SchoolPeers
from reports.dashboards.selectors.schools import SchoolTable
from reports.dashboards.selectors.series import Figure
from reports.dashboards.state import State
from reports.indicators.models import Indicator
from reports.rollup.selectors import CellRow

register = template.Library()


@register.filter
def row_text(row: CellRow | None, indicator: Indicator) -> str:
    """The value of a cell as it is written: 98.2, ≥1,500, *, —, or 好 12 较好 30 for grades."""
    if row is None or not row.reported:
        return NOTHING
    if row.suppressed:
        return SUPPRESSED
    if row.distribution:
        labels = {str(c["value"]): c["label"] for c in indicator.choices}
        return " ".join(f"{labels.get(k, k)} {n}" for k, n in sorted(row.distribution.items(), reverse=True))
    if indicator.choices and row.value is not None:
        return next((str(c["label"]) for c in indicator.choices if c["value"] == row.value), NOTHING)
    return show_figure(row.value, decimals=indicator.decimals, qualifier=row.qualifier)


@register.filter
def with_unit(row: CellRow | None, indicator: Indicator) -> str:
    """98.2%, 126 人; what is no number has no unit."""
    text = row_text(row, indicator)
    return text + unit_of(text, indicator)


def unit_of(text: str, indicator: Indicator) -> str:
    """The unit with the space that belongs before it; none after — and *."""
    word = indicator.unit_of_measure
    if text in (NOTHING, SUPPRESSED) or not word:
        return ""
    return word if word == "%" else f" {word}"


@register.filter
def row_whole(row: CellRow | None, indicator: Indicator) -> str:
    """The same without decimals, for tiles on a phone."""
    if row is None or row.suppressed or row.value is None or indicator.choices:
        return row_text(row, indicator)
    return show_figure(row.value, qualifier=row.qualifier)


@register.filter
def cell_text(figure: Figure) -> str:
    return row_text(figure.cell, figure.indicator)


@register.filter
def cut(number: float | None) -> str:
    """A bound of a legend: 86, 2,000, 0.5."""
    return "" if number is None else f"{number:,.6f}".rstrip("0").rstrip(".")


@register.filter
def table_text(value: Any) -> str:
    """A plain value of a table as it is read."""
    if value is None or value == "":
        return NOTHING
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}" if isinstance(value, int) else str(value)


@register.filter
def is_in(value: Any, things: Any) -> bool:
    return value in things


@register.simple_tag(takes_context=True)
def kept_query(context: dict[str, Any], *changed: str) -> SafeString:
    """Hidden inputs for what the address holds, except what this form changes and what belongs to a page of a list."""
    kept = [(k, v) for k, v in context["request"].GET.items() if k not in {*changed, "page", "export"}]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', kept)


@register.inclusion_tag("components/dot_row.html")
def peer_dots(peer: Peer, comparison: Comparison, figure: Figure) -> dict[str, Any]:
    """A unit on the scale of its group, with the group's median, the city and the target as ticks."""
    value, scale = peer.cell.value, comparison.scale
    return {
        "at": scale.place(value) if value is not None else "",
        "middle": scale.place(comparison.middle),
        "city": scale.place(comparison.city) if comparison.city is not None else "",
        "target": scale.place(figure.target) if figure.target is not None else "",
        "own": peer.is_own,
    }


@register.inclusion_tag("components/dot_row.html")
def distance_dots(row: Distance) -> dict[str, Any]:
    """The unit on the scale of percentage points around the target."""
    at = "" if row.beyond is not None else row.at
    return {
        "at": at, "middle": row.middle_at, "city": row.city_at, "target": ZERO if row.figure.target is not None else "",
        "own": True, "beyond": row.beyond, "is_below": row.is_below, "edge": SCALE.place(row.beyond or 0),
    }  # fmt: skip


@register.inclusion_tag("components/dot_row.html")
def school_dots(peers: SchoolPeers, figure: Figure) -> dict[str, Any]:
    """A school among unnamed ones: the middle half as a band, the median as a tick."""
    value = figure.cell.value if figure.cell else None
    return {
        "at": peers.scale.place(value) if value is not None else "",
        "middle": peers.scale.place(peers.middle),
        "band": peers.scale.place(peers.lower),
        "band_width": f"{float(peers.scale.place(peers.upper)) - float(peers.scale.place(peers.lower)):.1f}",
        "target": peers.scale.place(figure.target) if figure.target is not None else "",
        "own": True,
    }


@register.filter
def item(things: Any, number: int) -> Any:
    return things[number]


@register.filter
def name(indicator: Indicator) -> str:
    return indicator.name


@register.filter
def share_of(part: int, whole: int) -> str:
    """82.8%."""
    return f"{show_figure(100 * Decimal(part) / whole, decimals=1)}%" if whole else NOTHING


@register.filter
def value_text(value: Value) -> str:
    """What was typed into a cell of a return."""
    indicator = value.indicator
    if indicator.choices and value.number is not None:
        return next((str(c["label"]) for c in indicator.choices if c["value"] == value.number), NOTHING)
    return show_figure(value.number, decimals=indicator.decimals, qualifier=value.qualifier)


@register.simple_tag(takes_context=True)
def school_figure(context: dict[str, Any], cell: CellRow | None, table: SchoolTable, number: int, drill: str) -> str:
    """A figure of a school as a link to the returns that it came from, which begins with `drill`."""
    indicator = table.columns[number]
    text = row_text(cell, indicator)
    if cell is None or not cell.reported:
        return text
    query = {"indicator": indicator.code, "period": context["state"].period.code}
    return format_html('<a href="{}?{}">{}</a>', drill, urlencode(query), text)


@register.simple_tag
def returns_url(unit: Unit, state: State, status: str = "", form: str = "") -> str:
    """The list of the returns that a number of the reporting progress counts."""
    place = {Level.DISTRICT: "district" if state.is_current else "at", Level.SCHOOL: "school"}.get(Level(unit.level))
    query = {"within": state.period.code, "status": status, "form": form}
    if place:
        query[place] = unit.code
    return f"{reverse('collection:list')}?{urlencode({k: v for k, v in query.items() if v})}"


@register.simple_tag(takes_context=True)
def figure_link(context: dict[str, Any], figure: Figure, size: str = "") -> str:
    """One number with its unit as a link to what it is made of; its pedigree is told on pointing at it.

    `size`: "large" for the number of a card, "" inside a line.
    """
    css = "w-figure" if size else ""
    cell, state, unit = figure.cell, context["state"], context["unit"]
    if cell is None:
        return format_html('<span class="{}">{}</span>', css, NOTHING)
    query = {"indicator": figure.indicator.code, "period": cell.period, "slice": state.slice}
    if state.is_current:
        query["boundaries"] = "current"
    text = row_text(cell, figure.indicator)
    word = unit_of(text, figure.indicator)
    return format_html(
        '<a class="{}" href="{}?{}" title="{}">{}{}</a>',
        css,
        reverse("dashboards:drill", args=[unit.level, unit.code]),
        urlencode(query),
        pedigree(figure),
        text,
        format_html("<small>{}</small>", word.strip()) if size and word else word,
    )


@register.filter
def pedigree(figure: Figure) -> str:
    """2026年三季度，349/437 所，截至 10月20日."""
    cell = figure.cell
    if cell is None:
        return ""
    words = [
        figure.period_name,
        _("%d/%d 所") % (cell.reported, cell.expected),
        _("截至") + " " + show_moment(cell.as_of),
    ]
    if cell.suppressed:
        words.append(_("不足 5 人"))
    return "，".join(words)
