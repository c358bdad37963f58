from .assessments import Assessment, AssessmentStatus, GapPlan, Standard
from .studios import Pairing, Session, SessionMode, Studio, StudioLevel

__all__ = [
    "Assessment",
    "AssessmentStatus",
    "GapPlan",
    "Pairing",
    "Session",
    "SessionMode",
    "Standard",
    "Studio",
    "StudioLevel",
]
