from .forms import Form, FormField, FormSection
from .imports import BatchStatus, ImportBatch
from .returns import Return, ReturnStatus, Value, ValueSource, Verdict
from .traces import CellState, DuplicateReport, Extension, Question, VerdictDraft

__all__ = [
    "BatchStatus", "CellState", "DuplicateReport", "Extension", "Form", "FormField", "FormSection", "ImportBatch",
    "Question", "Return", "ReturnStatus", "Value", "ValueSource", "Verdict", "VerdictDraft",
]  # fmt: skip
