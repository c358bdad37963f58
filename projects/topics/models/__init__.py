from .papers import (
    EDITABLE,
    OPEN,
    BudgetLine,
    ChangedPart,
    Evidence,
    Output,
    OutputKind,
    Paper,
    PaperKind,
    PaperStatus,
    Result,
)
from .topics import (
    BEFORE,
    ENDED,
    RUNNING,
    Field,
    Practice,
    PracticeKind,
    Regulation,
    Topic,
    TopicStatus,
)

__all__ = [
    "BEFORE",
    "EDITABLE", "ENDED", "OPEN", "RUNNING", "BudgetLine", "ChangedPart", "Evidence", "Field", "Output", "OutputKind",
    "Paper", "PaperKind", "PaperStatus", "Practice", "PracticeKind", "Regulation", "Result", "Topic", "TopicStatus",
]  # fmt: skip
