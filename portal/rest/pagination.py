"""Keyset pages for lists: stable while rows come and go, and as fast on the last page as on the first."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .parameters import read_limit, read_text
from .problems import ParameterError

DEFAULT_LIMIT = 100
MAX_LIMIT = 5000


class KeysetPagination(BasePagination):
    """`limit` and `cursor`; a view sets `keyset`, the ascending unique ordering, e.g. ("period__end", "id")."""

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.keyset: Sequence[str] = getattr(view, "keyset", ("pk",))
        self.limit = read_limit(request.query_params, default=self.default_limit, most=self.max_limit)
        if after := read_cursor(request, self.keyset):
            queryset = queryset.filter(_after(self.keyset, after))
        rows = list(queryset.order_by(*self.keyset)[: self.limit + 1])
        self.more = len(rows) > self.limit
        self.page = rows[: self.limit]
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        last = [_read(self.page[-1], name) for name in self.keyset] if self.more else None
        return Response({"next": next_url(self.request, self.keyset, last), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri", "nullable": True},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "description": f"1 … {self.max_limit}, default {self.default_limit}",
                "schema": {"type": "integer", "minimum": 1, "maximum": self.max_limit},
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "taken from `next`; opaque",
                "schema": {"type": "string"},
            },
        ]


def _after(keyset: Sequence[str], values: Sequence[Any]) -> Q:
    """(a, b, …) > values, spelled out column by column."""
    condition = Q()
    for index, name in enumerate(keyset):
        equal = dict(zip(keyset[:index], values[:index], strict=True))
        condition |= Q(**equal, **{f"{name}__gt": values[index]})
    return condition


def _read(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def write_cursor(request: Request, keyset: Sequence[str], values: Sequence[Any]) -> str:
    """An opaque, signed cursor: a client can carry it, not make it up, nor use it on another list."""
    plain = [value if isinstance(value, int | str) else str(value) for value in values]
    return _signer(request, keyset).sign_object(plain)


def read_cursor(request: Request, keyset: Sequence[str]) -> list[Any] | None:
    text = read_text(request.query_params, "cursor")
    if not text:
        return None
    try:
        values: list[Any] = _signer(request, keyset).unsign_object(text)
    except (signing.BadSignature, ValueError) as error:
        raise ParameterError("cursor", _("这个游标无效，请原样使用上一页给出的 next。")) from error
    return values


def _signer(request: Request, keyset: Sequence[str]) -> signing.Signer:
    """Without a time in it: the same page has the same `next`, and with it the same ETag."""
    return signing.Signer(salt=":".join(["portal.rest.cursor", request.path, *keyset]))


def next_url(request: Request, keyset: Sequence[str], last: Sequence[Any] | None) -> str | None:
    if last is None:
        return None
    query = [(key, value) for key, values in request.query_params.lists() for value in values if key != "cursor"]
    query.append(("cursor", write_cursor(request, keyset, last)))
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
