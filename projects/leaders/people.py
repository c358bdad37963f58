"""A person as this room knows one: a post, or a teacher by number. Never a name."""

from dataclasses import dataclass

from districts.models import Office
from schools.registry.models import School


@dataclass(frozen=True, slots=True)
class Person:
    """One side of a pair: a post, or a teacher by the number that the school gave."""

    school: School
    office: Office | None = None
    number: int | None = None


def is_same(one: Person, other: Person) -> bool:
    """The same post, the same holder of two posts, or the same teacher."""
    if one.office and other.office:
        return one.office.user_id == other.office.user_id
    return one.number is not None and (one.school, one.number) == (other.school, other.number)
