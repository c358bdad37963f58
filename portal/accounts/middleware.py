from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from .selectors import has_second_factor


class FirstPasswordMiddleware:
    """Whoever signed in with a first password goes nowhere before choosing an own one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if getattr(request.user, "must_change_password", False) and not self._is_allowed(request.path):
            if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
                messages.warning(request, _("初始密码只能用一次，请先改成自己的密码。"))
            return redirect("account_change_password")
        return self.get_response(request)

    @staticmethod
    def _is_allowed(path: str) -> bool:
        names = ("account_change_password", "account_logout", "health")
        return path.startswith("/static/") or path in {reverse(name) for name in names}


class SecondFactorMiddleware:
    """Holders of the roles in SECOND_FACTOR_REQUIRED_ROLES set up a second factor before anything else.

    Needs `request.scope`. API tokens are not concerned: they are a second secret already and carry one office.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.roles = frozenset(settings.SECOND_FACTOR_REQUIRED_ROLES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.roles and not self._is_allowed(request.path) and self._lacks_factor(request):
            messages.warning(request, _("您的职务须先启用两步验证。"))
            return redirect("mfa_index")
        return self.get_response(request)

    def _lacks_factor(self, request: HttpRequest) -> bool:
        if not request.user.is_authenticated or not request.scope.roles & self.roles:  # type: ignore[attr-defined]
            return False
        return not has_second_factor(user=request.user)

    @staticmethod
    def _is_allowed(path: str) -> bool:
        return path.startswith(("/static/", "/accounts/", "/health/", "/api/"))
