"""What every list and detail of the API shares: scope, strict parameters, keyset pages, ETag."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from .pagination import KeysetPagination
from .parameters import refuse_unknown


class ConditionalMixin:
    """GET answers carry a strong ETag of their bytes; a client that already has them gets 304 and no body."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        patch_vary_headers(response, ("Authorization", "Cookie", "Accept"))
        response["Cache-Control"] = "private, no-cache"
        if request.method in ("GET", "HEAD") and response.status_code == 200 and not response.streaming:
            response.add_post_render_callback(lambda done: answer_conditionally(request, done))
        return response


def answer_conditionally(request: Request, response: Any) -> Any:
    etag = quote_etag(hashlib.blake2b(response.content, digest_size=16).hexdigest())
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

    def answer_list(self, queryset: Any) -> Response:
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
