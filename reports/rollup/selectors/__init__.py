from .cells import list_cells
from .editions import Edition, one_edition, read_edition
from .rows import CellQuery, CellRow, Key
from .schools import list_school_cells, read_school_cells

__all__ = [
    "CellQuery",
    "CellRow",
    "Edition",
    "Key",
    "list_cells",
    "list_school_cells",
    "one_edition",
    "read_edition",
    "read_school_cells",
]
