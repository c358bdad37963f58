from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_reset, password_set

        from portal.audit.words import register_columns

        register_columns("accounts.user", username=_("账号"), is_staff=_("可进管理后台"), is_superuser=_("超级用户"))

        for signal in (password_changed, password_reset, password_set):
            signal.connect(_note_changed, dispatch_uid=f"accounts-{id(signal)}")


def _note_changed(user: Any, **kwargs: Any) -> None:
    from .services import note_changed_password

    note_changed_password(user=user)
