from .applications import (
    EDITABLE,
    GONE,
    Application,
    ApplicationStatus,
    Attachment,
    BlindFile,
    DistrictList,
    FileCheck,
    ListStatus,
    Place,
    Recommendation,
    Version,
    Veto,
)
from .designations import COUNTING, Designation, DesignationLevel, DesignationStatus
from .holders import SUBJECT_KINDS, HolderKind, same_holder
from .notices import Objection, ObjectionStatus, PublicNotice
from .panel import (
    OPEN_OR_DONE,
    Assignment,
    AssignmentStatus,
    BlindCopy,
    Conflict,
    ConflictKind,
    Decision,
    Expert,
    LeakReport,
    Mark,
    Outcome,
    Tie,
    TieKind,
)
from .rounds import Criterion, DesignationKind, Question, QuestionKind, Round, RoundStatus, Stage, StageKind

__all__ = [
    "COUNTING", "EDITABLE", "GONE", "OPEN_OR_DONE", "SUBJECT_KINDS", "Application", "ApplicationStatus", "Assignment",
    "AssignmentStatus", "Attachment", "BlindCopy", "BlindFile", "Conflict", "ConflictKind", "Criterion", "Decision",
    "Designation", "DesignationKind", "DesignationLevel", "DesignationStatus", "DistrictList", "Expert", "FileCheck",
    "HolderKind", "LeakReport", "ListStatus", "Mark", "Objection", "ObjectionStatus", "Outcome", "Place",
    "PublicNotice", "Question", "QuestionKind", "Recommendation", "Round", "RoundStatus", "Stage", "StageKind", "Tie",
    "TieKind", "Version", "Veto", "same_holder",
]  # fmt: skip
