from .catalogue import (
    get_indicator,
    leaf_keys,
    list_choices,
    list_forms_of,
    list_headlines,
    list_indicators,
    list_leaves,
    list_names,
    list_periods,
    list_programmes,
    list_shown,
)

__all__ = [
    "get_indicator",
    "leaf_keys",
    "list_choices",
    "list_forms_of",
    "list_headlines",
    "list_indicators",
    "list_leaves",
    "list_names",
    "list_periods",
    "list_programmes",
    "list_shown",
]
