"""A page that HTMX may also ask for as a fragment: one address, one view, one template."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

WHOLE, FRAGMENT = "layouts/base.html", "layouts/main.html"


def asks_for_fragment(request: HttpRequest) -> bool:
    """A swap of a part; going back in the history wants the whole page again."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, parts: dict[str, str] | None = None
) -> HttpResponse:
    """The whole page, or for HTMX its `<main>`, or the template that `parts` names for the element to be swapped.

    The template extends `layout`; it is never said twice what a page contains.
    """
    layout = WHOLE
    if asks_for_fragment(request):
        layout = FRAGMENT
        template = (parts or {}).get(request.headers.get("HX-Target", ""), template)
    response = render(request, template, {**context, "layout": layout, "is_fragment": layout == FRAGMENT})
    patch_vary_headers(response, ["HX-Request", "HX-Target", "HX-History-Restore-Request"])
    return response
