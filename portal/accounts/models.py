from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.triggers import audited


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A person's account. What the person may do comes from offices, never from this row."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(_("姓名"), max_length=64, blank=True)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    # Raising the epoch changes the session hash: every open session ends at its next request.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("账号")
        verbose_name_plural = _("账号")
        # The password is never written down, only that it changed.
        triggers = audited(
            person="r.id",
            about=("username",),
            skip=("last_login", "session_epoch", "date_joined"),
            masked=("password",),
        )

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        from django.utils.crypto import salted_hmac

        return salted_hmac(
            "portal.accounts.session", f"{self.password}:{self.session_epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()
