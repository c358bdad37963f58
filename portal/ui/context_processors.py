from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .navigation import bell_of, group_navigation, navigation_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    has_scope = signed_in and hasattr(request, "scope")
    nav: Any = SimpleLazyObject(lambda: navigation_of(request)) if has_scope else []
    return {
        "bell": SimpleLazyObject(lambda: bell_of(request)) if has_scope else None,
        "is_demo": settings.PORTAL_DEMO,
        "nav": nav,
        "nav_words": SimpleLazyObject(lambda: group_navigation(nav)),
    }
