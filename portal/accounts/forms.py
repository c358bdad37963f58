from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress


class VerifiedResetPassword(ResetPasswordForm):
    """A mistyped address belongs to somebody else: the link goes to confirmed addresses only."""

    def clean_email(self) -> str:
        address: str = super().clean_email()
        confirmed = EmailAddress.objects.filter(email__iexact=address, verified=True)
        allowed = set(confirmed.values_list("user_id", flat=True))
        self.users = [user for user in self.users if user.pk in allowed]  # type: ignore[has-type]
        return address
