import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .models import User
from .selectors import count_factors

log = logging.getLogger(__name__)


class PortalAccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by the administrators of a district, never by signing up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("账号或密码不对。请检查大小写和输入法，连续 5 次输错将锁定 30 分钟。"),
        "enter_current_password": _("当前密码不对，请重新输入。"),
        "incorrect_password": _("密码不对，请重新输入。"),
        "too_many_login_attempts": _("尝试次数过多，请过 10 分钟再试。"),
        "email_taken": _("这个邮箱已被另一个账号使用，请换一个。"),
        "duplicate_email": _("这个邮箱已经登记在您的账号上。"),
        "rate_limited": _("操作太频繁，请稍后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that does not answer is said on the page, with the other way, instead of an error page."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError):
            log.exception("mail %s was not sent", template_prefix)
            advice = gettext("邮件没有发出：邮件服务器暂时不通。请稍后再试，或请本区县管理员重设密码。")
            messages.error(current.request, advice)


class PortalMFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("口令不对。请填应用里当前显示的 6 位数，并检查手机时间是否准确。"),
    }

    def get_totp_label(self, user: User) -> str:
        return user.username

    def _get_site_name(self) -> str:
        return gettext("中小学党建管理平台")

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        number = count_factors(user=user, kind=type) + 1
        return gettext("通行密钥 %d") % number
