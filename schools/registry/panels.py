"""What higher rooms know about a school, shown on its page. Each room registers its panel when the apps are ready."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from districts.access import Scope

from .models import School


@dataclass(frozen=True, slots=True)
class Panel:
    """A sheet of the school's page: its title, a link to all of it, and the template with its context."""

    title: object
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    link: str = ""
    link_word: object = ""


Build = Callable[[Scope, School], Panel]
_panels: list[tuple[int, Build]] = []


def register_panel(order: int, build: Build) -> None:
    _panels.append((order, build))
    _panels.sort(key=lambda item: item[0])


def panels_of(scope: Scope, school: School) -> list[Panel]:
    return [build(scope, school) for _order, build in _panels]
