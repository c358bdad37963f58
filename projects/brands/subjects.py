"""What a school may enter in rounds for brands, courses and cases: what it registered and still uses."""

from projects.selection.subjects import Subject
from schools.showcase.models import ExhibitKind
from schools.showcase.selectors.brands import list_usable
from schools.showcase.selectors.exhibits import list_usable_exhibits


def list_brand_subjects(school_id: int) -> list[Subject]:
    """Brands of the school, its branches, and the groups that it leads; a group's brand is entered by who leads it."""
    return [Subject(row.pk, row.name) for row in list_usable(school_id=school_id)]


def list_course_subjects(school_id: int) -> list[Subject]:
    return _exhibits(ExhibitKind.COURSE, school_id)


def list_case_subjects(school_id: int) -> list[Subject]:
    return _exhibits(ExhibitKind.CASE, school_id)


def _exhibits(kind: str, school_id: int) -> list[Subject]:
    return [Subject(row.pk, row.name) for row in list_usable_exhibits(school_id=school_id, kind=kind)]
