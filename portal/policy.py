"""The content security policy of the portal, which is the same on every page, put into words once."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """As django-csp does it, without asking every answer for a policy of its own that none of ours has."""

    _words = ""
    _told: object = None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or HEADER in response or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        if self._told is not settings.CONTENT_SECURITY_POLICY:
            self._words, self._told = build_policy(), settings.CONTENT_SECURITY_POLICY
        response[HEADER] = self._words
        return response
