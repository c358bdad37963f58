from datetime import date, datetime
from typing import Any

from django import template
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui import formats

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, beside its word and therefore hidden from screen readers."""
    return format_html(
        '<svg class="w-icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("build/icons.svg"), name
    )


@register.filter
def figure(value: Any, decimals: int = 0) -> str:
    return formats.show_figure(value, decimals=decimals)


@register.filter
def difference(value: Any, decimals: int = 1) -> str:
    return formats.show_difference(value, decimals=decimals)


@register.filter
def day(value: date | None) -> str:
    return formats.show_day(value)


@register.filter
def moment(value: datetime | None) -> str:
    return formats.show_moment(value)


@register.filter
def stamp(value: datetime) -> str:
    return formats.show_stamp(value)


@register.filter
def as_of_day(value: datetime | None) -> str:
    return formats.show_as_of(value)


@register.filter
def begin(value: datetime) -> str:
    return formats.show_begin(value)


@register.filter
def until(value: datetime) -> str:
    return formats.show_until(value)


@register.filter
def left(value: date) -> str:
    return formats.show_left(value)


@register.filter
def is_past(value: date | None) -> bool:
    """Whether the day is over."""
    return value is not None and value < timezone.localdate()


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A member of a mapping whose key is a variable."""
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The address of this page with some parameters changed; None removes one."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/bar.html")
def bar(label: str, **parts: int) -> dict[str, Any]:
    """One stacked bar with numbers: `{% bar "…" approved=64 submitted=17 missing=7 %}`; widths are SVG attributes."""
    total = sum(parts.values()) or 1
    pieces, at = [], 0.0
    for name, count in parts.items():
        width = round(100 * count / total, 3)
        pieces.append({"name": name, "x": at, "width": width})
        at = round(at + width, 3)
    return {"pieces": pieces, "label": label}
