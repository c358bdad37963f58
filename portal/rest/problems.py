"""Errors as problem documents (RFC 9457, application/problem+json): one shape for every refusal of the API."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from portal.workflow.errors import DomainError

from .documents import document

RETRY_SECONDS = 5


class ParameterError(exceptions.APIException):
    """A query parameter that cannot be understood; the problem document names it."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_parameter"

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


def problem(
    status_code: int, detail: str, *, code: str, headers: Mapping[str, str] | None = None, **extra: Any
) -> Response:
    """A response whose body is the problem document; `extra` members stand beside the standard ones."""
    response = Response(
        document(status_code, detail, code=code, **extra), status=status_code, headers=dict(headers or {})
    )
    # Read by ProblemAwareRenderer, since DRF sets the content type after negotiation.
    response.is_problem = True  # type: ignore[attr-defined]
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. Unknown exceptions stay unhandled, so that they are seen and reported."""
    set_rollback()
    if isinstance(error, DomainError):
        return problem(error.status, error.message, code=error.code, **error.extra)
    if isinstance(error, Http404):
        return problem(404, _("没有找到，或不在您的范围内。"), code="not_found")
    if isinstance(error, PermissionDenied):
        return problem(403, _("您的职务不能进行这项操作。"), code="forbidden")
    if isinstance(error, ParameterError):
        return problem(400, str(error.detail), code="invalid_parameter", parameter=error.parameter)
    if isinstance(error, exceptions.ValidationError):
        return problem(400, _("提交的内容有误，逐项说明见 errors。"), code="invalid", errors=error.detail)
    if isinstance(error, OperationalError | InterfaceError):
        wait = {"Retry-After": str(RETRY_SECONDS)}
        return problem(503, _("数据库暂时不可用，请稍后再试。"), code="unavailable", headers=wait)
    if isinstance(error, exceptions.APIException):
        return problem(error.status_code, str(error.detail), code=_code(error), headers=_headers(error))
    return None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code
