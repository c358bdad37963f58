"""Is the portal well, and what it says when it is not."""

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from health_check.views import HealthCheckView

RETRY_SECONDS = 5


class HealthView(HealthCheckView):
    """200 with PostgreSQL and Redis, else 503, so that a load balancer looks elsewhere; the body names what is away."""

    checks = ("health_check.Database", "health_check.Cache")

    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = await super().get(request, *args, **kwargs)
        if response.status_code == 500:
            response.status_code = 503
        return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A database that is away for a moment is no defect of the page: 503, and try again.

    Templates are rendered without a request: what a context processor wants to know may be what is broken.
    """
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if away else 500
    if request.path.startswith("/api/"):
        response: HttpResponse = JsonResponse(_problem(status), status=status, content_type="application/problem+json")
    else:
        response = HttpResponse(loader.render_to_string(f"{status}.html"), status=status)
    if away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _problem(status: int) -> dict[str, object]:
    if status == 503:
        title, code, detail = "Service Unavailable", "unavailable", _("数据库暂时连接不上，请稍后再试。")
    else:
        title, code, detail = "Internal Server Error", "server_error", _("平台出了错，已经记录。")
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
