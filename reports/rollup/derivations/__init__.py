from .engine import derive_facts, derive_records

__all__ = ["derive_facts", "derive_records"]
