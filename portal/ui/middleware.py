"""What no page can do anything with, taken out before any page sees it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase

NUL = "\0"
# Its answers name the parameter instead.
INTERFACE = "/api/"


class NulMiddleware:
    """PostgreSQL stores no NUL and refuses to compare with one: an address with it leads nowhere, and in what was
    typed (pasted from a damaged file, sent by a scanner) it is left out, as if it had not been there.

    Forms refuse it themselves; this is for filters and for what scripts send, which no form reads.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if NUL in request.path_info:
            raise Http404
        if not request.path_info.startswith(INTERFACE) and "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = without_nul(request.GET)  # type: ignore[assignment]
        return self.get_response(request)


def without_nul(given: QueryDict) -> QueryDict:
    """The same parameters in the same order, names and values without NUL."""
    clean = QueryDict(mutable=True, encoding=given.encoding)
    for name, values in given.lists():
        for value in values:
            clean.appendlist(name.replace(NUL, ""), value.replace(NUL, ""))
    clean._mutable = False
    return clean
