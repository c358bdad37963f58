from .cells import CellQuery, CellRow, list_cells
from .schools import list_school_cells

__all__ = ["CellQuery", "CellRow", "list_cells", "list_school_cells"]
