"""接口令牌: each office holder makes and revokes tokens for the own offices."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.forms import TokenForm
from districts.requests import OfficeRequest
from districts.selectors.offices import list_offices, list_own_tokens
from districts.services.offices import create_token, revoke_token
from portal.accounts.access_rules import holds_office
from portal.ui.form_pages import form_page


def _crumbs(page: str = "") -> list[dict[str, str]]:
    crumbs = [
        {"label": _("我的账号"), "url": reverse("accounts:home")},
        {"label": _("接口令牌"), "url": reverse("districts:token-list")},
    ]
    return [*crumbs, {"label": page, "url": ""}] if page else crumbs


@holds_office
def token_list(request: OfficeRequest) -> HttpResponse:
    """My tokens; a new one is shown once."""
    context = {
        "tokens": list_own_tokens(request.user),
        "fresh": request.session.pop("fresh_token", ""),
        "crumbs": _crumbs(),
    }
    response = render(request, "districts/offices/tokens.html", context)
    response["Cache-Control"] = "no-store"
    return response


@holds_office
def token_add(request: OfficeRequest) -> HttpResponseBase:
    own = list_offices(scope=request.scope).filter(user=request.user)

    def act(data: dict[str, Any]) -> str:
        request.session["fresh_token"] = create_token(
            actor=request.user, scope=request.scope, office_id=data["office"].pk, name=data["name"], days=data["days"]
        )
        return reverse("districts:token-list")

    return form_page(
        request, form=TokenForm(request.POST or None, offices=own), act=act, heading=_("新建接口令牌"),
        submit=_("新建"), done=_("已新建，请立即复制保存。"), cancel=reverse("districts:token-list"),
        crumbs=_crumbs(_("新建")), hint=_("令牌只有所选职务的权限，任职结束即失效。"),
    )  # fmt: skip


@require_POST
@holds_office
def token_revoke(request: OfficeRequest, digest: str) -> HttpResponse:
    revoke_token(actor=request.user, token_digest=digest)
    return redirect("districts:token-list")
