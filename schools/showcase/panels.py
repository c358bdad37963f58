"""What higher rooms know about a brand, a course or a case, shown on its page. Registered when the apps are ready."""

from collections.abc import Callable

from districts.access import Scope
from schools.registry.panels import Panel

from .models import Brand, Exhibit

Build = Callable[[Scope, Brand | Exhibit], Panel | None]
_builders: list[Build] = []


def register_panel(build: Build) -> None:
    _builders.append(build)


def panels_of(scope: Scope, shown: Brand | Exhibit) -> list[Panel]:
    return [panel for build in _builders if (panel := build(scope, shown)) is not None]
