"""The city that is measured: generated schools, and by SQL as many returns and facts as wanted.

Every one of the 51 base indicators of the catalogue (those that are neither ratios nor elements of one) has a fact for
every school in every one of the periods. The periods are quarters, whatever period an indicator has by its definition:
the roll-up does not look at it, and so each period holds the same number of facts. Ratios have cells where both their
parts are among the 51. The elements are taken out of the catalogue and the forms; else there would be cells that say 0 of n reported,
with no facts behind them, which no floor could make.
"""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from reports.collection.models import FormField
from reports.demo.services import generate_city
from reports.indicators.models import Indicator, Origin, Period, PeriodKind
from reports.indicators.services.periods import ensure_periods
from reports.rollup.services.placements import ensure_placements
from schools.registry.models import School

RETURNS = """
INSERT INTO collection_return (form_id, period_id, school_id, district_id, status, lock_version, opens_on, due_on,
    closes_on, submitted_at, first_submitted_at, approved_at, note)
SELECT f.id, p.id, s.unit_id, s.district_id, 'approved', 2, p."end" + 1, p."end" + 15, p."end" + 25,
    p."end" + interval '9 days', p."end" + interval '9 days', p."end" + interval '12 days', ''
FROM indicators_period p CROSS JOIN collection_form f CROSS JOIN registry_school s WHERE p.id = ANY(%(periods)s)"""

# Repeatable values: grades from 1 to 4, everything else from 0 to 199, a numerator never above a denominator's range.
FACTS = """
INSERT INTO rollup_fact (period_id, district_id, indicator_id, school_id, value, qualifier, derived, approved_at)
SELECT p.id, s.district_id, i.id, s.unit_id,
    CASE WHEN i.aggregation = 'dist' THEN 1 + h.n %% 4 ELSE h.n %% 200 END, 0, i.origin <> 'reported',
    p."end" + interval '12 days'
FROM indicators_period p CROSS JOIN indicators_indicator i CROSS JOIN registry_school s
CROSS JOIN LATERAL (SELECT abs(hashint8(s.unit_id * 7919 + i.id * 31 + p.id)::bigint) AS n) h
WHERE p.id = ANY(%(periods)s) AND i.origin <> 'ratio' AND NOT i.is_element
ORDER BY p.id, s.district_id, i.id, s.unit_id"""

# The Party organisations behind X06 and X07, which are counted and not added up.
ENTITIES = """
INSERT INTO rollup_factentity (period_id, indicator_id, school_id, entity)
SELECT p.id, i.id, o.school_id, o.unit_id
FROM indicators_period p CROSS JOIN indicators_indicator i CROSS JOIN party_partyorganisation o
WHERE p.id = ANY(%(periods)s) AND (i.code = 'X06' OR i.code = 'X07' AND o.kind IN ('branch', 'joint_branch'))"""


@dataclass(frozen=True, slots=True)
class City:
    """What was built, in keys: periods oldest first."""

    schools: int
    indicators: int
    periods: list[int]
    facts: int


def build_city(*, schools: int, districts: int, periods: int) -> City:
    """Fill the empty database of the benchmark; nothing is rolled up yet."""
    generate_city(schools=schools, districts=districts, years=())
    chosen = choose_periods(periods)
    _leave_elements_out()
    with connection.cursor() as cursor:
        # Millions of rows that are right by construction: foreign keys and history are not looked at.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(RETURNS, {"periods": chosen})
        cursor.execute(ENTITIES, {"periods": chosen})
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("ALTER TABLE rollup_fact DROP CONSTRAINT fact_once_per_school")
        cursor.execute(FACTS, {"periods": chosen})
        facts = cursor.rowcount
        cursor.execute(
            "ALTER TABLE rollup_fact ADD CONSTRAINT fact_once_per_school UNIQUE (school_id, period_id, indicator_id)"
        )
        cursor.execute("RESET session_replication_role")
        cursor.execute(
            "SELECT count(*) FROM indicators_indicator WHERE origin <> %s AND NOT is_element", [Origin.RATIO]
        )
        indicators = cursor.fetchone()[0]
    ensure_placements(chosen)
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE rollup_fact, rollup_factentity, rollup_placement, collection_return, registry_school"
        )
    return City(School.objects.count(), indicators, chosen, facts)


def _leave_elements_out() -> None:
    FormField.objects.filter(indicator__is_element=True).delete()
    ratios = Indicator.objects.filter(Q(numerator__is_element=True) | Q(denominator__is_element=True))
    ratios.update(numerator=None, denominator=None)
    Indicator.objects.filter(is_element=True).delete()


def choose_periods(count: int) -> list[int]:
    """The last `count` quarters before this year, oldest first."""
    this_year = timezone.localdate().year
    ensure_periods(range(this_year - -(-count // 4), this_year))
    quarters = Period.objects.filter(kind=PeriodKind.QUARTER, end__year__lt=this_year).order_by("-end")
    return list(quarters.values_list("pk", flat=True)[:count])[::-1]
