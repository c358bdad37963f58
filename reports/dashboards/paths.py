"""Where the page of a unit is, and the way down to it."""

from django.urls import reverse

from districts.access import Scope
from districts.models import Level, Unit
from districts.selectors.units import get_city, list_above

PAGES: dict[str, str] = {
    Level.CITY: "dashboards:city",
    Level.DISTRICT: "dashboards:district",
    Level.ZONE: "dashboards:zone",
    Level.GROUP: "dashboards:group",
    Level.SCHOOL: "dashboards:school",
}


def page_of_unit(level: str, code: str) -> str:
    return reverse(PAGES[level]) if level == Level.CITY else reverse(PAGES[level], args=[code])


def crumbs_of(*, scope: Scope, unit: Unit, page: str = "") -> list[dict[str, str]]:
    """重庆市 › 巫溪县 › 城厢片区 › 云台中学 (› page); a step outside the scope is plain text."""
    steps = [unit] if unit.level == Level.CITY else [get_city(), *list_above(unit), unit]
    inside = any(step.pk in scope.unit_ids(Level.DISTRICT) for step in steps)

    def crumb(step: Unit) -> dict[str, str]:
        seen = scope.sees_city or step.pk == unit.pk or (inside and step.level != Level.CITY)
        label = step.label if step.level == Level.SCHOOL else step.name
        return {"label": label, "url": page_of_unit(step.level, step.code) if seen else ""}

    crumbs = [crumb(step) for step in steps]
    return [*crumbs, {"label": page, "url": ""}] if page else crumbs
