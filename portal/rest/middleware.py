from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from .documents import CONTENT_TYPE, document
from .renderers import dump

PREFIX = "/api/"


class ProblemMiddleware:
    """Below /api/ every refusal is a problem document, also one that no API view made: an address that does not
    exist, a host that is not ours, an error that nobody caught. A program never has to read a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith(PREFIX):
            return response
        if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        return _problem(response.status_code, getattr(response, "data", None))


def _problem(status: int, known: Any) -> HttpResponse:
    """`known`: the document that a view made and a renderer of another format wrote down its own way."""
    if isinstance(known, dict) and "detail" in known and "code" in known:
        return HttpResponse(dump(known), status=status, content_type=CONTENT_TYPE)
    words = {
        404: ("no_route", _("没有这个接口地址。")),
        500: ("error", _("平台出了错，已经记录，请稍后再试。")),
    }
    code, detail = words.get(status, ("refused", _("请求不能受理。")))
    return HttpResponse(dump(document(status, detail, code=code)), status=status, content_type=CONTENT_TYPE)
