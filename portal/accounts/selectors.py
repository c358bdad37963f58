from collections.abc import Collection

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import User


def has_second_factor(*, user: User) -> bool:
    return Authenticator.objects.filter(user=user).exists()


def count_factors(*, user: User, kind: str) -> int:
    return Authenticator.objects.filter(user=user, type=kind).count()


def describe_second_factor(*, user: User) -> str:
    """Words for what the account asks beside the password; empty if nothing."""
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    keys = kinds.count(Authenticator.Type.WEBAUTHN)
    words = [_("动态口令")] if Authenticator.Type.TOTP in kinds else []
    return "，".join([*words, *([_("通行密钥 %d 把") % keys] if keys else [])])


def list_locked(usernames: Collection[str]) -> set[str]:
    """Those of the accounts that are locked now after too many wrong passwords; one query for all."""
    names = {name.lower(): name for name in usernames}
    recent = AccessAttempt.objects.filter(
        username__in=names, attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME
    )
    failures = recent.values("username", "ip_address").annotate(failures=Sum("failures_since_start"))
    locked = failures.filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    return {names[name] for name in locked.values_list("username", flat=True)}


def list_with_second_factor(user_ids: Collection[int]) -> set[int]:
    return set(Authenticator.objects.filter(user_id__in=user_ids).values_list("user_id", flat=True))
