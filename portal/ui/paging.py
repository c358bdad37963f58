"""Pages of a list; nonsense in the address shows the first or the last one."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest


def page_of(request: HttpRequest, rows: "Sequence[Any] | QuerySet[Any]", size: int) -> "Page[Any]":
    return Paginator(rows, size).get_page(request.GET.get("page"))


def rest_of_query(request: HttpRequest) -> str:
    """The query without the page, for the pager; with the & that the page is hung on."""
    query = request.GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    return f"{query.urlencode()}&" if query else ""
