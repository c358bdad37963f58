"""Words for the API's schema about its two ways of signing in; found by drf-spectacular when imported."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class OfficeTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "districts.api_auth.OfficeTokenAuthentication"
    name = "officeToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <value>`: bound to one office, expiring, revocable.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "districts.api_auth.ScopedSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
