from django.db import transaction
from django.db.models import F

from .models import User


@transaction.atomic
def sign_out_everywhere(*, actor: User) -> None:
    """End every session of the account: the session hash changes with the epoch."""
    User.objects.filter(pk=actor.pk).update(session_epoch=F("session_epoch") + 1)
