"""Who may change the register of schools."""

from districts.access import Scope
from districts.models import District
from districts.rules import can_keep_district, can_keep_districts


def can_keep_register(scope: Scope, district: District) -> bool:
    """The city everywhere, a district administrator in the own district."""
    return can_keep_district(scope, district)


def can_move_schools(scope: Scope) -> bool:
    """Between districts only the city moves schools: two districts are concerned."""
    return can_keep_districts(scope)
