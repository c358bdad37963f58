"""What a programme asks beyond the engine. Higher rooms register here when the apps are ready (docs/adr/0009)."""

from collections.abc import Callable, Sequence

from .models import Application, Round

# Cases of one round → why each may not stand in it, or an empty text, in their order. As many queries for any number.
Obstacles = Callable[[Round, Sequence[Application]], list[str]]
# Draft round → what it lacks before it can be published, as sentences.
Gaps = Callable[[Round], list[str]]

of_applications: list[Obstacles] = []
of_rounds: list[Gaps] = []
