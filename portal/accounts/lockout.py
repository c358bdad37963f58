"""What happens after five wrong passwords: axes counts, this says it plainly and until when."""

from datetime import datetime
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


def typed_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The account that somebody tries to enter, without regard to capitals: five tries, not five a spelling."""
    given = (credentials or {}).get("username") or request.POST.get("login") or request.POST.get("username") or ""
    return str(given).strip().lower()[:255]


def locked_page(
    request: HttpRequest, original: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """429: until when, and who can unlock at once."""
    pause = get_cool_off(request)
    context = {
        "until": timezone.localtime(_last_attempt(typed_username(request, credentials)) + pause),
        "minutes": int(pause.total_seconds() // 60),
        "limit": settings.AXES_FAILURE_LIMIT,
    }
    response = render(request, "accounts/locked.html", context, status=429)
    response["Retry-After"] = str(int(pause.total_seconds()))
    response["Cache-Control"] = "no-store"
    return response


def _last_attempt(username: str) -> datetime:
    times = AccessAttempt.objects.filter(username=username).order_by("-attempt_time")
    return times.values_list("attempt_time", flat=True).first() or timezone.now()
