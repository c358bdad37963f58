"""Whether something else stands on a brand, a course or a case. Higher rooms register here (docs/adr/0009)."""

from collections.abc import Callable

from .models import Brand, Exhibit

IsUsed = Callable[[Brand | Exhibit], bool]
_checks: list[IsUsed] = []


def register_use(check: IsUsed) -> None:
    _checks.append(check)


def is_used(shown: Brand | Exhibit) -> bool:
    """Parts, courses and cases here, rounds and titles in the rooms above: then it is ended, and never removed."""
    if isinstance(shown, Brand) and (shown.parts.exists() or shown.exhibits.exists()):
        return True
    return any(check(shown) for check in _checks)
