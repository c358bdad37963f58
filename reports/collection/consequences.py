"""What must happen with a return in the same transaction, without collection knowing who does it.

A higher room registers here when the apps are ready (docs/adr/0009). The callables get the saved return.
"""

from collections.abc import Callable

from .models import Return

Consequence = Callable[[Return], None]

on_approved: list[Consequence] = []
on_withdrawn: list[Consequence] = []
# Called with the key of a period for which returns have been opened: from now on they are expected.
on_opened: list[Callable[[int], None]] = []
