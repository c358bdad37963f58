from .cells import list_cells
from .editions import Edition, read_edition
from .rows import CellQuery, CellRow, Key
from .schools import list_school_cells, read_school_cells

__all__ = ["CellQuery", "CellRow", "Key", "Edition", "read_edition", "list_cells", "list_school_cells", "read_school_cells"]
