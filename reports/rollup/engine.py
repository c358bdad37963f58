"""Cells from facts. Runs inside the caller's transaction; recomputing is idempotent."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from districts.models import City
from reports.indicators.models import Indicator

from . import statements, touched
from .duties import read_duties
from .models import Boundaries
from .planning import hash_to_the_end

CELLS = "rollup_cell"
CHOSEN = "AND (%(chosen)s::bigint[] IS NULL OR indicator_id = ANY(%(chosen)s))"
DISTRICT_UNITS = ("district_id", "zone_id")
GROUP_UNITS = ("group_id",)
LOCK_SPACE = 5202
# One look into an index for each part: without the order, a part without facts is looked for in all of them.
LEAVES_IN_USE = """
SELECT pp.part_id FROM indicators_periodpart pp
LEFT JOIN LATERAL (SELECT true AS found FROM rollup_fact f WHERE f.period_id = pp.part_id
    ORDER BY f.district_id LIMIT 1) f ON true
LEFT JOIN LATERAL (SELECT true AS found FROM collection_return r WHERE r.period_id = pp.part_id
    ORDER BY r.form_id LIMIT 1) r ON true
WHERE pp.whole_id = %(period)s AND (f.found OR r.found)"""


COUNTED = """
SELECT EXISTS (SELECT 1 FROM rollup_factentity
    WHERE period_id = ANY(%(leaf_ids)s) AND indicator_id = ANY(%(folded)s))"""


def lock_period(period_id: int) -> None:
    """One recomputation of a period at a time, held to the end of the transaction; readers are not blocked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, period_id])


def recompute_districts(period_id: int, districts: Sequence[int], *, indicators: Sequence[int] | None = None) -> None:
    """Cells of these districts (their zones and the groups of their schools too), then the city from its districts.

    `indicators`: whose facts have changed; only they and the ratios that they are part of are computed. None: all.
    The city is folded only for the indicators that have changed in these districts.
    """
    run = _Run(period_id, target=CELLS, indicators=indicators)
    before = run.fingerprints(districts)
    run.clear_districts(districts)
    run.compute(DISTRICT_UNITS, districts=list(districts))
    if groups := run.groups_of(districts):
        run.clear_units(groups, Boundaries.PERIOD)
        run.compute(GROUP_UNITS, groups=groups)
    run.restate(districts)
    after = run.fingerprints(districts)
    run.fold_city([code for code in before | after if before.get(code) != after.get(code)])


def recompute_schools(period_id: int, schools: Sequence[int], *, indicators: Sequence[int] | None = None) -> None:
    """The cells that figures of these schools go into, in the units and slices where the schools stand; then the city.

    For schools that stand where they stood when their districts were last computed: a school that is new to the period,
    or has moved, calls for `recompute_districts`. `indicators` as there.
    """
    run = _Run(period_id, target=CELLS, indicators=indicators)
    slices: set[str] = set()
    for today in (False, True):
        if targets := run.targets_of(schools, today=today):
            run.compute_targets(targets, today=today)
            slices |= set() if today else {part for _unit, part in targets}
    run.fold_city(slices=sorted(slices))


def recompute_period(period_id: int, *, target: str = CELLS) -> None:
    """Every cell of the period, from nothing."""
    run = _Run(period_id, target=target)
    run.clear_all()
    run.compute(DISTRICT_UNITS)
    if groups := run.all_groups():
        run.compute(GROUP_UNITS, groups=groups)
    run.restate(None)
    run.fold_city()


def _with_ratios(indicators: Sequence[int]) -> list[int]:
    touched = Q(pk__in=indicators) | Q(numerator__in=indicators) | Q(denominator__in=indicators)
    return sorted(Indicator.objects.filter(touched).values_list("pk", flat=True))


class _Run:
    """One period's statements with their common parameters."""

    def __init__(self, period_id: int, *, target: str, indicators: Sequence[int] | None = None) -> None:
        self.target = target
        self.chosen = None if indicators is None else _with_ratios(indicators)
        duties = read_duties().only(self.chosen)
        self.parameters: dict[str, Any] = {
            "periods": [period_id],
            "period": period_id,
            "districts": None,
            "groups": None,
            "schools": None,
            "boundaries": int(Boundaries.PERIOD),
            "city": City.objects.values_list("pk", flat=True).get(),
            "form_ids": duties.form_ids,
            "form_bits": duties.form_bits,
            "duty_indicators": duties.indicators,
            "duty_forms": duties.forms,
            "graded": duties.graded,
            "folded": duties.indicators,
            "folded_slices": None,
            "chosen": self.chosen,
        }
        self.parameters["leaf_ids"] = self._leaves()
        (self.counted,) = self._column(COUNTED)
        hash_to_the_end()

    def compute(self, units: tuple[str, ...], *, today: bool = False, **narrowed: Any) -> None:
        statement = statements.cells_statement(
            wholes=self.wholes, today=today, narrowed=bool(narrowed), chosen=self.chosen is not None,
            counted=self.counted, units=units, target=self.target,
        )  # fmt: skip
        self._execute(statement, boundaries=int(Boundaries.CURRENT if today else Boundaries.PERIOD), **narrowed)

    def targets_of(self, schools: Sequence[int], *, today: bool) -> list[tuple[int, str]]:
        """(unit, slice) of the cells below the city that the schools' figures go into."""
        with connection.cursor() as cursor:
            cursor.execute(touched.targets_statement(today=today), {**self.parameters, "touched": list(schools)})
            return cursor.fetchall()

    def compute_targets(self, targets: Sequence[tuple[int, str]], *, today: bool) -> None:
        units, slices = [unit for unit, _part in targets], [part for _unit, part in targets]
        extra = {
            "target_units": units, "target_slices": slices,
            "boundaries": int(Boundaries.CURRENT if today else Boundaries.PERIOD),
        }  # fmt: skip
        self._execute(
            f"DELETE FROM {self.target} c USING unnest(%(target_units)s::bigint[], %(target_slices)s::text[]) "
            "AS t(unit_id, slice) WHERE c.period_id = %(period)s AND c.boundaries = %(boundaries)s "
            f"AND c.unit_id = ANY(%(target_units)s) AND c.unit_id = t.unit_id AND c.slice = t.slice {CHOSEN}",
            **extra,
        )
        statement = statements.targets_cells_statement(
            wholes=self.wholes, today=today, chosen=self.chosen is not None, counted=self.counted, target=self.target
        )
        self._execute(statement, **extra)

    def fold_city(self, indicators: list[int] | None = None, *, slices: list[str] | None = None) -> None:
        """Of these indicators and slices, or of all."""
        extra = {
            "folded": self.parameters["duty_indicators"] if indicators is None else indicators,
            "folded_slices": slices,
        }
        self._execute(
            f"DELETE FROM {self.target} WHERE period_id = %(period)s AND boundaries = 0 AND unit_id = %(city)s "
            "AND indicator_id = ANY(%(folded)s) "
            "AND (%(folded_slices)s::text[] IS NULL OR slice = ANY(%(folded_slices)s))",
            **extra,
        )
        self._execute(statements.city_statement(self.target, counted=self.counted), **extra)

    def fingerprints(self, districts: Sequence[int]) -> dict[int, Any]:
        """indicator → a number that changes when any of its cells in these districts does."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT indicator_id, sum(hash_record_extended(c, 0)) FROM {self.target} c "
                "WHERE period_id = %(period)s AND boundaries = 0 AND unit_id = ANY(%(units)s) "
                f"{CHOSEN} GROUP BY indicator_id",
                {**self.parameters, "units": list(districts)},
            )
            return dict(cursor.fetchall())

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

    def all_groups(self) -> list[int]:
        return self._column(
            "SELECT DISTINCT group_id FROM rollup_placement WHERE period_id = %(period)s AND group_id IS NOT NULL"
        )

    def clear_districts(self, districts: Sequence[int]) -> None:
        self.clear_units(self._with_zones(districts), Boundaries.PERIOD)

    def clear_units(self, units: Sequence[int], boundaries: int) -> None:
        self._execute(
            f"DELETE FROM {self.target} WHERE period_id = %(period)s AND boundaries = %(which)s "
            f"AND unit_id = ANY(%(units)s) {CHOSEN}",
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
        """Districts, then or now, of schools that moved since; narrowed to those that share a school with them."""
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

    def _leaves(self) -> list[int]:
        """The period and those of its parts that hold facts or returns; and whether there are such parts."""
        parts = self._column(LEAVES_IN_USE)
        self.wholes = bool(parts)
        return [self.parameters["period"], *parts]

    def _execute(self, statement: str, **extra: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self.parameters, **extra})

    def _column(self, statement: str, **extra: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self.parameters, **extra})
            return [row[0] for row in cursor.fetchall()]
