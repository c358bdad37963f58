from typing import Any


class DomainError(Exception):
    """A refusal that the user can act on: a stable code for programs, a plain sentence for people."""

    def __init__(self, code: str, message: str, *, status: int = 422, **extra: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra


class StaleError(DomainError):
    """Somebody else changed the object since the form was opened (409)."""

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__("stale", message, status=409, **extra)
