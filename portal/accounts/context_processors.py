from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def account_crumbs(request: HttpRequest) -> dict[str, Any]:
    """The path bar of the pages that a library serves; a view of our own says its crumbs itself."""
    match = request.resolver_match
    if match is None or not match.route.startswith("accounts/"):
        return {}
    crumbs = [{"label": _("我的账号"), "url": reverse("accounts:home")}]
    name = match.url_name or ""
    if name.startswith("mfa_"):
        crumbs.append({"label": _("两步验证"), "url": reverse("mfa_index")})
    if name.startswith("mfa_") and name != "mfa_index":
        crumbs.append({"label": _mfa_word(name), "url": ""})
    elif word := {
        "account_change_password": _("修改密码"),
        "account_set_password": _("设置密码"),
        "account_email": _("邮箱"),
        "account_logout": _("退出"),
    }.get(name):
        crumbs.append({"label": word, "url": ""})
    return {"crumbs": crumbs}


def _mfa_word(name: str) -> str:
    if "totp" in name:
        return _("动态口令")
    return _("恢复码") if "recovery" in name else _("通行密钥")
