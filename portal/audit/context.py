"""Who stands behind a change: kept by django-pghistory and handed to the database with every write of a request."""

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest


class Person:
    """The person of a request, asked at the moment of the write: the API knows its caller only inside the view."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._known: dict[Any, dict[str, Any]] = {}

    def describe(self) -> dict[str, Any] | None:
        """{id, name, login, office} as they are today; None for nobody."""
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        if user.pk not in self._known:
            # Set before the office is asked for, so that a write on the way cannot come back here.
            described: dict[str, Any] = {"id": user.pk, "name": str(user), "login": user.get_username(), "office": ""}
            self._known[user.pk] = described
            described["office"] = str(getattr(self.request, "office_label", ""))
        return self._known[user.pk]


class ContextEncoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return o.describe() if isinstance(o, Person) else super().default(o)
