from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from .access import scope_of
from .selectors.offices import get_office_label, list_own_offices


class ScopeMiddleware:
    """Puts `request.scope` (see districts.access) and the words for the top bar on every request, lazily."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = SimpleLazyObject(lambda: scope_of(request.user))  # type: ignore[attr-defined]
        request.office_label = SimpleLazyObject(lambda: get_office_label(request.scope))  # type: ignore[attr-defined]
        request.own_offices = SimpleLazyObject(lambda: list_own_offices(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)
