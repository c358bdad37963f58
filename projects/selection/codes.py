"""The 查询码 of an objection: derived, shown once, never stored."""

import hmac
import secrets
from hashlib import sha256

from django.conf import settings

DIGITS = 16


def new_ticket() -> str:
    """What a fresh objection form carries: a second submission of the same form finds the first one's code."""
    return secrets.token_urlsafe(24)


def code_of(ticket: str) -> str:
    """The 查询码 of a form: sixteen digits that only this installation can derive."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"objection|{ticket}".encode(), sha256).hexdigest()
    return f"{int(digest, 16) % 10**DIGITS:0{DIGITS}d}"


def digest_of(code: str) -> str:
    """What is stored of a 查询码. Blanks and hyphens that people type are ignored."""
    digits = "".join(c for c in code if c.isdigit())
    return hmac.new(settings.SECRET_KEY.encode(), f"code|{digits}".encode(), sha256).hexdigest()
