"""Cells from facts. Runs inside the caller's transaction; recomputing is idempotent."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from districts.models import City

from . import statements
from .duties import read_duties
from .models import Boundaries

CELLS = "rollup_cell"
DISTRICT_UNITS = ("district_id", "zone_id")
GROUP_UNITS = ("group_id",)
CITY_UNITS = ("city_id",)
LOCK_SPACE = 5202


def lock_period(period_id: int) -> None:
    """One recomputation of a period at a time, held to the end of the transaction; readers are not blocked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, period_id])


def recompute_districts(period_id: int, districts: Sequence[int]) -> None:
    """Cells of these districts (their zones and the groups of their schools too), then the city from its districts."""
    run = _Run(period_id, target=CELLS)
    run.clear_districts(districts)
    run.compute(DISTRICT_UNITS, districts=list(districts))
    if groups := run.groups_of(districts):
        run.clear_units(groups, Boundaries.PERIOD)
        run.compute(GROUP_UNITS, groups=groups)
    run.restate(districts)
    run.fold_city()


def recompute_period(period_id: int, *, target: str = CELLS) -> None:
    """Every cell of the period, from nothing."""
    run = _Run(period_id, target=target)
    run.clear_all()
    run.compute(DISTRICT_UNITS + GROUP_UNITS)
    run.restate(None)
    run.fold_city()


class _Run:
    """One period's statements with their common parameters."""

    def __init__(self, period_id: int, *, target: str) -> None:
        self.target = target
        duties = read_duties()
        self.parameters: dict[str, Any] = {
            "periods": [period_id],
            "period": period_id,
            "districts": None,
            "groups": None,
            "boundaries": int(Boundaries.PERIOD),
            "city": City.objects.values_list("pk", flat=True).get(),
            "form_ids": duties.form_ids,
            "form_bits": duties.form_bits,
            "duty_indicators": duties.indicators,
            "duty_forms": duties.forms,
        }
        # The groups of a period fit into memory; the default would sort them on disk.
        self._execute("SET LOCAL work_mem = '128MB'")
        self.wholes = self._has_parts_with_facts()

    def compute(self, units: tuple[str, ...], *, today: bool = False, **narrowed: Any) -> None:
        boundaries = int(Boundaries.CURRENT if today else Boundaries.PERIOD)
        extra = {**narrowed, "boundaries": boundaries}
        options: dict[str, Any] = {"wholes": self.wholes, "today": today, "units": units, "target": self.target}
        self._execute(statements.cells_statement(**options), **extra)
        self._execute(statements.distribution_statement(**options), **extra)
        self._execute(statements.entities_statement(today=today, units=units, target=self.target), **extra)

    def fold_city(self) -> None:
        self._execute(
            f"DELETE FROM {self.target} WHERE period_id = %(period)s AND boundaries = 0 AND unit_id = %(city)s"
        )
        self._execute(statements.city_statement(self.target))
        self._execute(statements.city_distribution_statement(self.target))
        self._execute(statements.entities_statement(today=False, units=CITY_UNITS, target=self.target))

    def restate(self, districts: Sequence[int] | None) -> None:
        """Cells under today's boundaries, only for districts whose schools are not the ones they had then."""
        affected = self._affected_districts(districts)
        if not affected:
            return
        with_zones = self._with_zones(affected)
        self.clear_units(with_zones, Boundaries.CURRENT)
        self.compute(DISTRICT_UNITS, today=True, districts=affected)
        if self.target == CELLS:
            self._execute(
                "INSERT INTO rollup_restated (period_id, unit_id) SELECT %(period)s, unnest(%(units)s::bigint[]) "
                "ON CONFLICT DO NOTHING",
                units=with_zones,
            )

    def groups_of(self, districts: Sequence[int]) -> list[int]:
        return self._column(
            "SELECT DISTINCT group_id FROM rollup_placement WHERE period_id = %(period)s "
            "AND district_id = ANY(%(chosen)s) AND group_id IS NOT NULL",
            chosen=list(districts),
        )

    def clear_districts(self, districts: Sequence[int]) -> None:
        self.clear_units(self._with_zones(districts), Boundaries.PERIOD)

    def clear_units(self, units: Sequence[int], boundaries: int) -> None:
        self._execute(
            f"DELETE FROM {self.target} WHERE period_id = %(period)s AND boundaries = %(which)s "
            "AND unit_id = ANY(%(units)s)",
            units=list(units),
            which=int(boundaries),
        )

    def clear_all(self) -> None:
        self._execute(f"DELETE FROM {self.target} WHERE period_id = %(period)s")
        if self.target == CELLS:
            self._execute("DELETE FROM rollup_restated WHERE period_id = %(period)s")

    def _with_zones(self, districts: Sequence[int]) -> list[int]:
        zones = self._column(
            "SELECT unit_id FROM districts_zone WHERE district_id = ANY(%(chosen)s)", chosen=list(districts)
        )
        return [*districts, *zones]

    def _affected_districts(self, districts: Sequence[int] | None) -> list[int]:
        """Districts, then or now, of schools that have moved since; narrowed to those that share a school with `districts`."""
        return self._column(
            """
            WITH moved AS (
                SELECT p.district_id AS before, s.district_id AS now
                FROM rollup_placement p JOIN registry_school s ON s.unit_id = p.school_id
                WHERE p.period_id = %(period)s AND p.district_id <> s.district_id
            ),
            affected AS (SELECT before AS id FROM moved UNION SELECT now FROM moved)
            SELECT DISTINCT a.id FROM affected a
            WHERE %(chosen)s::bigint[] IS NULL OR a.id = ANY(%(chosen)s) OR EXISTS (
                SELECT 1 FROM rollup_placement p JOIN registry_school s ON s.unit_id = p.school_id
                WHERE p.period_id = %(period)s AND p.district_id = ANY(%(chosen)s) AND s.district_id = a.id
            )
            ORDER BY a.id
            """,
            chosen=None if districts is None else list(districts),
        )

    def _has_parts_with_facts(self) -> bool:
        rows = self._column(
            "SELECT 1 FROM indicators_periodpart pp WHERE pp.whole_id = %(period)s AND EXISTS "
            "(SELECT 1 FROM rollup_fact f WHERE f.period_id = pp.part_id) LIMIT 1"
        )
        return bool(rows)

    def _execute(self, statement: str, **extra: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self.parameters, **extra})

    def _column(self, statement: str, **extra: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self.parameters, **extra})
            return [row[0] for row in cursor.fetchall()]
