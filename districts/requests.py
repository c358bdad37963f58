from portal.accounts.requests import SignedInRequest

from .access import Scope


class OfficeRequest(SignedInRequest):
    """What a view behind `holds_office` or `needs` gets: districts.middleware has put the scope there."""

    scope: Scope
