from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .access_rules import signed_in
from .requests import SignedInRequest
from .selectors import describe_second_factor
from .services import sign_out_everywhere as end_sessions


@signed_in
def home(request: SignedInRequest) -> HttpResponse:
    """My account: offices, password, second factor, sessions."""
    roles = request.scope.roles  # type: ignore[attr-defined]
    context = {
        "factors": describe_second_factor(user=request.user),
        "advised": bool(roles & frozenset(settings.SECOND_FACTOR_ADVISED_ROLES)),
        "crumbs": [{"label": _("我的账号"), "url": ""}],
    }
    return render(request, "accounts/home.html", context)


@require_POST
@signed_in
def sign_out_everywhere(request: SignedInRequest) -> HttpResponse:
    end_sessions(actor=request.user)
    messages.success(request, _("所有设备上的登录都已结束，请重新登录。"))
    return redirect("account_login")
