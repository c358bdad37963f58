import secrets

from allauth.mfa.models import Authenticator
from axes.utils import reset
from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher, get_hasher
from django.db import transaction
from django.db.models import F

from .models import User

# Letters and digits that cannot be taken for one another on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def sign_out_everywhere(*, actor: User) -> None:
    """End every session of the account: the session hash changes with the epoch."""
    User.objects.filter(pk=actor.pk).update(session_epoch=F("session_epoch") + 1)


def new_password() -> str:
    """Three groups of four characters, for being copied from a screen or a slip of paper."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def first_password_hasher() -> BasePasswordHasher:
    """The hasher of the settings, quick: for hundreds of first passwords in one request.

    They are random, of some sixty bits, and are replaced at the first sign-in; what makes guessing slow is there for
    passwords that people choose. Django hashes anew with its full cost once such a password is used.
    """
    hasher = type(get_hasher())()
    if isinstance(hasher, Argon2PasswordHasher):
        hasher.time_cost, hasher.memory_cost, hasher.parallelism = 1, 8 * 1024, 1
    return hasher


@transaction.atomic
def give_password(*, user: User) -> str:
    """A first password that must be changed at the next sign-in; every open session ends. Returned once."""
    password = new_password()
    user.set_password(password)
    user.must_change_password = True
    user.session_epoch += 1
    user.save(update_fields=["password", "must_change_password", "session_epoch"])
    return password


def note_changed_password(*, user: User) -> None:
    """The person has chosen a password: nothing more to change."""
    User.objects.filter(pk=user.pk).update(must_change_password=False)


def unlock(*, user: User) -> int:
    """Lift the lockout after too many wrong passwords; returns how many records were removed."""
    return int(reset(username=user.username.lower()))


@transaction.atomic
def drop_second_factor(*, user: User) -> int:
    """For whoever lost phone and recovery codes: the password alone is enough again, and every open session ends."""
    removed, _by_model = Authenticator.objects.filter(user=user).delete()
    sign_out_everywhere(actor=user)
    return removed
