"""What the log says of a request, worked out only where the log takes it."""

import logging
import uuid

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_structlog.app_settings import app_settings
from django_structlog.middlewares import RequestMiddleware

from portal.accounts.addresses import client_address

# The logger of django-structlog, under whose name the lines of a request are written.
SOURCE = logging.getLogger("django_structlog.middlewares.request")


class RequestLogMiddleware(RequestMiddleware):
    """django-structlog's lines of beginning and end, with the address that our outermost proxy saw.

    Its own way to an address looks through twenty headers that any client may have written.
    """

    def prepare(self, request: HttpRequest) -> None:
        if SOURCE.isEnabledFor(app_settings.STATUS_START_LOG_LEVEL):
            super().prepare(request)
            return
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))
        self.bind_ip(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self.bind_user_id(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        quiet = not SOURCE.isEnabledFor(self._log_level_for_status_code(response.status_code))
        if quiet and not response.streaming and not hasattr(request, "_raised_exception"):
            structlog.contextvars.clear_contextvars()
            return
        super().handle_response(request, response)

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request))
