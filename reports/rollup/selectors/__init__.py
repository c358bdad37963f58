from .cells import list_cells
from .editions import edition_of_cells
from .rows import CellQuery, CellRow, Key
from .schools import list_school_cells, read_school_cells

__all__ = ["CellQuery", "CellRow", "Key", "edition_of_cells", "list_cells", "list_school_cells", "read_school_cells"]
