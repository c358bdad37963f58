from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found

from .errors import DomainError


class DomainErrorMiddleware:
    """A refusal that no page caught is still an answer: its sentence and its status, never a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, ObjectDoesNotExist):
            # A key in an address or a form that leads nowhere: services read their row by it.
            return page_not_found(request, exception)
        if not isinstance(exception, DomainError):
            return None
        return render(request, "refused.html", {"message": exception.message}, status=exception.status)
