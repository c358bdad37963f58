"""What every list and detail of the API shares: scope, strict parameters, keyset pages, ETag."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from rest_framework.exceptions import NotAuthenticated
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.models import User

from .pagination import KeysetPagination
from .parameters import refuse_unknown
from .renderers import dump


def acting_user(request: Request) -> User:
    """The person behind an authenticated request; views without a permission class have none."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


class ConditionalMixin:
    """GET answers carry a strong ETag of their bytes; a client that already has them gets 304 and no body."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        patch_vary_headers(response, ("Authorization", "Cookie", "Accept"))
        response["Cache-Control"] = "private, no-cache"
        if request.method in ("GET", "HEAD") and response.status_code == 200 and not response.streaming:
            if isinstance(response, Response):
                response.add_post_render_callback(lambda done: answer_conditionally(request, done))
            else:
                answer_conditionally(request, response)
        return response


def etag_of(content: bytes) -> str:
    return quote_etag(hashlib.blake2b(content, digest_size=16).hexdigest())


def matches(request: Request, data: Any) -> bool:
    """Whether a write may go on: no `If-Match`, or one that names what a GET would answer now."""
    wanted = parse_etags(request.META.get("HTTP_IF_MATCH", ""))
    return not wanted or wanted == ["*"] or etag_of(dump(data)) in wanted


def answer_conditionally(request: Request, response: Any) -> Any:
    etag = etag_of(response.content)
    response["ETag"] = etag
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    if known == ["*"] or etag in known:
        response.status_code = 304
        response.content = b""
        del response["Content-Type"]
    return None


class ResourceView(ConditionalMixin, GenericAPIView):
    """Base of list and detail views. `parameters` names the filters beside the common ones."""

    pagination_class = KeysetPagination
    parameters: Iterable[str] = ()
    access_rule = "holds_office"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            refuse_unknown(request.query_params, self.parameters)
            if self.serializer_class is not None:
                # Reading its fields refuses an unknown one, also where no row would be serialised.
                self.get_serializer().get_fields()  # type: ignore[attr-defined]

    def answer_list(self, queryset: Any) -> Response:
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
