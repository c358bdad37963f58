from .affiliation import Affiliation
from .journal import Journal
from .office import Office, OfficeToken, Role
from .units import City, District, DistrictSuccession, Level, Region, Unit, Zone

__all__ = [
    "Affiliation",
    "City",
    "District",
    "DistrictSuccession",
    "Journal",
    "Level",
    "Office",
    "OfficeToken",
    "Region",
    "Role",
    "Unit",
    "Zone",
]
