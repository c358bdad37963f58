"""What must happen with a designation in the same transaction. Higher rooms register here (docs/adr/0009)."""

from collections.abc import Callable

from .models import Designation

Consequence = Callable[[Designation], None]

# After a designation came into being, also by acceptance (it then has a predecessor).
on_designated: list[Consequence] = []
# After any later step: checks, acceptance, renewal, withdrawal.
on_designation_changed: list[Consequence] = []
