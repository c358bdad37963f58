from .schools import (
    get_school,
    list_affiliations,
    list_current_districts,
    list_districts,
    list_groups,
    list_schools,
    list_zones,
)

__all__ = [
    "get_school",
    "list_affiliations",
    "list_current_districts",
    "list_districts",
    "list_groups",
    "list_schools",
    "list_zones",
]
