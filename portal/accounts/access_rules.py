"""Every route declares who may come in; a test walks all routes and fails on one that does not.

    @public                              anyone, without signing in
    @signed_in                           any signed-in person, also one without an office
    @needs("city_admin", "city_staff")   holders of one of these roles, wherever
    @holds_office                        holders of any office

The rule only opens the door. Which rows are behind it is the scope's business (districts.access): out of scope is 404.
Needs `request.scope`, which districts.middleware sets.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

View = Callable[..., HttpResponseBase]


def public(view: View) -> View:
    view.access_rule = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    return _guard(view, "signed_in", lambda request: True)


def holds_office(view: View) -> View:
    return _guard(view, "holds_office", lambda request: bool(request.scope))


def needs(*roles: str) -> Callable[[View], View]:
    wanted = frozenset(roles)

    def decorate(view: View) -> View:
        return _guard(view, "needs " + " ".join(sorted(wanted)), lambda request: bool(request.scope.roles & wanted))

    return decorate


def _guard(view: View, rule: str, may_enter: Callable[[Any], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        if not may_enter(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.access_rule = rule  # type: ignore[attr-defined]
    return guarded


def _to_login(request: HttpRequest) -> HttpResponse:
    """Redirect; a fragment request gets the header that makes htmx leave the page, not a login form inside a table."""
    if request.headers.get("HX-Request"):
        login = resolve_url(settings.LOGIN_URL)
        return HttpResponse(status=401, headers={"HX-Redirect": f"{login}?next={_page_of(request)}"})
    return redirect_to_login(request.get_full_path())


def _page_of(request: HttpRequest) -> str:
    url = urlsplit(request.headers.get("HX-Current-URL", ""))
    return quote(f"{url.path}?{url.query}" if url.query else url.path or "/")
