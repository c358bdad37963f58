"""What a programme asks beyond the engine. Higher rooms register here when the apps are ready (docs/adr/0009)."""

from collections.abc import Callable

from .models import Application, Round

# Application → why it may not stand in its round, or an empty text.
Obstacle = Callable[[Application], str]
# Draft round → what it lacks before it can be published, as sentences.
Gaps = Callable[[Round], list[str]]

of_applications: list[Obstacle] = []
of_rounds: list[Gaps] = []
