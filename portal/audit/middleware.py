from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponse

from .context import Person

READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class AuditMiddleware:
    """Every change that a request makes is written down with its person, office and address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in READING:
            return self.get_response(request)
        with pghistory.context(who=Person(request), url=request.path):
            return self.get_response(request)
