from .cells import list_cells
from .editions import Edition, read_edition
from .rows import CellQuery, CellRow, Key
from .schools import list_school_cells, read_school_cells

__all__ = [
    "CellQuery",
    "CellRow",
    "Edition",
    "Key",
    "list_cells",
    "list_school_cells",
    "read_edition",
    "read_school_cells",
]
