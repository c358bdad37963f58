"""How many titles of a kind the city may give in a year, and how many it has given."""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from projects.selection.models import DesignationKind, Round, StageKind
from projects.selection.models.triggers import COUNT_OF_YEAR


@dataclass(frozen=True, slots=True)
class Cap:
    """`given`: announced, on public notice, or recorded by hand, in `year`."""

    year: int
    most: int
    given: int

    @property
    def left(self) -> int:
        return max(self.most - self.given, 0)


def year_of(round_: Round) -> int:
    """The year to which a round belongs: as it says, else the one in which it began to take applications."""
    if round_.year:
        return round_.year
    stage = round_.stages.filter(kind=StageKind.APPLICATION).first()
    return timezone.localtime(stage.opens_at).year if stage else timezone.localdate().year


def count_given(kind: DesignationKind, year: int) -> int:
    """Counted as the database counts before it refuses (models.triggers)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + COUNT_OF_YEAR.format(kind="%(kind)s", year="%(year)s"), {"kind": kind.pk, "year": year}
        )
        return int(cursor.fetchone()[0])


def get_cap(kind: DesignationKind, year: int) -> Cap | None:
    """The cap of a kind in a year; None for kinds without one."""
    return Cap(year, kind.yearly_cap, count_given(kind, year)) if kind.yearly_cap is not None else None


def cap_of_round(round_: Round) -> Cap | None:
    """The cap that a round of the city stands under. Needs `unit` and `designation_kind` selected."""
    return get_cap(round_.designation_kind, year_of(round_)) if round_.is_city else None
