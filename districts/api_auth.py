"""Who calls the API: an office token carries one office, a browser session carries its user's offices."""

from functools import cache
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.accounts.models import User
from portal.postgres import prepared

from .access import NOBODY, Grant, Scope, scope_of
from .models import Office, OfficeToken, Unit

# A token's row, its user, its office and the office's unit, side by side.
PARTS = (("t", OfficeToken), ("a", User), ("o", Office), ("u", Unit))
FOUND = """
FROM districts_officetoken t JOIN accounts_user a ON a.id = t.user_id
LEFT JOIN districts_office o ON o.id = t.office_id LEFT JOIN districts_unit u ON u.id = o.unit_id
WHERE t.digest = %s"""


class OfficeTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …`. The token, its user, its office and the office's unit are read in one query."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, OfficeToken]:
        refusal = _("令牌无效、已过期或已撤销，请在“接口令牌”页重新生成。")
        try:
            digest = hash_token(token.decode("ascii"))
        except (UnicodeDecodeError, TypeError, ValueError) as error:
            raise AuthenticationFailed(refusal) from error
        found = _read_token(digest)
        if found is None or not found.user.is_active or not _in_force(found):
            raise AuthenticationFailed(refusal)
        return found.user, found


def _read_token(digest: str) -> OfficeToken | None:
    """Every request of every client asks this: building it as a queryset took longer than answering it."""
    with connection.cursor() as cursor:
        prepared.ask(cursor, "office_token", _statement(), [digest])
        row = cursor.fetchone()
    if row is None:
        return None
    parts: list[Any] = [model.from_db(connection.alias, names, row[part]) for model, names, part in _columns()]
    token, token.user, office = parts[0], parts[1], parts[2]
    if token.office_id is not None:
        token.office, office.unit = office, parts[3]
    return token


@cache
def _columns() -> list[tuple[Any, list[str], slice]]:
    """Of each part its model, the names of its fields, and where in a row they stand."""
    found, start = [], 0
    for _alias, model in PARTS:
        names = [field.attname for field in model._meta.concrete_fields]
        found.append((model, names, slice(start, start + len(names))))
        start += len(names)
    return found


@cache
def _statement() -> str:
    columns = [f'{alias}."{field.column}"' for alias, model in PARTS for field in model._meta.concrete_fields]
    return f"SELECT {', '.join(columns)}{FOUND}"


def _in_force(token: OfficeToken) -> bool:
    today, office = timezone.localdate(), token.office
    if office is None or (token.expiry and token.expiry <= timezone.now()):
        return False
    return office.valid_from <= today and (office.valid_to is None or today < office.valid_to)


class ScopedSessionAuthentication(SessionAuthentication):
    """The browser's own session, with CSRF protection: the documentation page and the portal's scripts use it."""


def scope_of_request(request: Request) -> Scope:
    """The scope of an API request: of the token's office alone, or of the signed-in user."""
    token = request.auth
    if isinstance(token, OfficeToken) and token.office is not None:
        office = token.office
        return Scope(token.user_id, (Grant(office.pk, office.role, office.unit.level, office.unit_id),))
    return scope_of(request.user) if request.user else NOBODY


class HoldsOffice(BasePermission):
    """Default permission of the API: whoever holds no office in force gets nothing."""

    message = _lazy("您的账号没有在任职务，不能使用接口。")

    def has_permission(self, request: Request, view: Any) -> bool:
        request.scope = scope_of_request(request)  # type: ignore[attr-defined]
        return bool(request.scope)  # type: ignore[attr-defined]
