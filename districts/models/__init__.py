from .affiliation import Affiliation
from .journal import Journal
from .office import Office, OfficeToken, Role
from .units import City, District, Level, Region, Unit, Zone

__all__ = [
    "Affiliation",
    "City",
    "District",
    "Journal",
    "Level",
    "Office",
    "OfficeToken",
    "Region",
    "Role",
    "Unit",
    "Zone",
]
