"""The generated cities: the demo city with the article's figures, and cities of any size for measurements."""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from districts.models import District
from portal.audit.services import suspend_audit
from portal.workflow.errors import DomainError
from portal.workflow.models import Event
from reports.collection.models import Return, Value
from reports.indicators.models import Period, PeriodKind, Qualifier
from reports.rollup.models import Fact, Placement
from reports.rollup.services.facts import rewrite_all_facts
from reports.rollup.services.marks import rebuild
from schools.registry.models import School

from .copying import indexes_built_together, keys_checked_together
from .creation import build_creation
from .figures import SchoolShape, chance, figures_of
from .leaders import build_leaders
from .people import Account, Credentials, Staff, build_accounts, build_staff
from .plan import DistrictShape, plan_schools, read_city
from .returns import Overrides, build_returns
from .showcase import build_showcase
from .topics import build_topics
from .units import BuiltSchool, build_party_organisations, build_schools

SEED = 20260923
FIRST_YEAR = 2023


@dataclass(frozen=True, slots=True)
class Loaded:
    schools: int
    returns: int
    values: int
    facts: int
    periods: int


BULK = (Return, Value, Event, Placement)


@transaction.atomic
def load_demo_city(*, today: date | None = None, roll_up: bool = True) -> Loaded:
    """Fill an empty database with the demo city; DomainError `not_empty` if there is a school already.

    `roll_up=False` leaves everything marked stale, for `rebuild` after the transaction on several connections.
    """
    _refuse_filled()
    with suspend_audit("装入演示数据"), keys_checked_together(*BULK):
        loaded = _load_demo_city(today or timezone.localdate())
    return _rolled_up(loaded) if roll_up else loaded


def _load_demo_city(day: date) -> Loaded:
    plan = read_city()
    rng = Random(SEED)
    planned = list(plan_schools(_demo_districts(plan, rng), plan, rng))
    built = build_schools(planned, move=plan["move"])
    _fit_teachers(built, plan)
    staff = build_staff(built)
    years = range(FIRST_YEAR, day.year + 1)
    return _fill(built, staff, years=years, today=day, overrides=_article_figures(built, plan), plan=plan)


@transaction.atomic
def generate_city(
    *,
    schools: int,
    districts: int | None,
    years: Sequence[int],
    seed: int = SEED,
    today: date | None = None,
    roll_up: bool = True,
) -> Loaded:
    """Fill an empty database with `schools` schools spread evenly over the first `districts` current districts.

    None: as many districts as there are, or as there are schools. DomainError names the number that makes no city.
    """
    _refuse_filled()
    day = today or timezone.localdate()
    rng = Random(seed)
    current = list(District.objects.filter(valid_to=None).order_by("code"))
    districts = min(schools, len(current)) if districts is None else districts
    _refuse_impossible(schools, districts, years, most=len(current))
    with suspend_audit("生成测量用数据"), keys_checked_together(*BULK):
        built = build_even_city(schools=schools, districts=current[:districts], rng=rng)
        loaded = _fill(built, build_staff(built), years=years, today=day, overrides={}, plan={})
    return _rolled_up(loaded) if roll_up else loaded


def build_even_city(*, schools: int, districts: Sequence[District], rng: Random) -> list[BuiltSchool]:
    """Schools spread evenly over these districts, without returns."""
    many = len(districts)
    counts = [schools // many + (number < schools % many) for number in range(many)]
    shapes = [DistrictShape(d.code, d.label, d.region, count) for d, count in zip(districts, counts, strict=True)]
    return build_schools(list(plan_schools(shapes, {}, rng)))


def _refuse_impossible(schools: int, districts: int, years: Sequence[int], *, most: int) -> None:
    if schools < 1:
        raise DomainError("schools", "at least 1 school")
    if not 1 <= districts <= most:
        raise DomainError("districts", f"between 1 and {most} districts")
    if districts > schools:
        raise DomainError("districts", f"{schools} schools cannot fill {districts} districts: fewer districts, please")
    known = set(Period.objects.filter(kind=PeriodKind.YEAR).values_list("start__year", flat=True))
    # No year at all: schools without returns, to which a measurement adds its own.
    if not set(years) <= known:
        raise DomainError("periods", f"years between {min(known)} and {max(known)} are in the catalogue")


def _refuse_filled() -> None:
    if School.objects.exists():
        raise DomainError("not_empty", "there are schools in this database already: nothing was generated")


def _fill(
    built: Sequence[BuiltSchool], staff: Staff, *, years: Sequence[int], today: date, overrides: Overrides,
    plan: Mapping[str, Any],
) -> Loaded:  # fmt: skip
    build_party_organisations(built, counted_on=today)
    build_leaders(built, staff, years=years, today=today, plan=plan)
    build_creation(built, staff, years=years, today=today, plan=plan)
    build_showcase(built, staff, years=years, today=today, plan=plan)
    build_topics(built, staff, years=years, today=today)
    returns, values = build_returns(built, staff, years=years, today=today, overrides=overrides)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE leaders_assessment; ANALYZE collection_return; ANALYZE collection_value; ANALYZE registry_school"
        )
    with indexes_built_together(Fact):
        facts = rewrite_all_facts(fresh=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rollup_fact; ANALYZE rollup_placement; ANALYZE rollup_factentity")
    return Loaded(len(built), returns, values, facts, Placement.objects.values("period_id").distinct().count())


def _rolled_up(loaded: Loaded) -> Loaded:
    rebuild()
    return loaded


def _demo_districts(plan: Mapping[str, Any], rng: Random) -> list[DistrictShape]:
    """Every current unit, and the abolished ones that hold schools up to the move."""
    counts, shapes = plan["schools"], []
    for district in District.objects.order_by("code"):
        if district.valid_to and district.code not in plan["move"]:
            continue
        count = counts.get(district.code, rng.randint(3, 6))
        shapes.append(
            DistrictShape(
                district.code, district.label, district.region, count, small_branches=district.code == "500238"
            )
        )
    return shapes


def _fit_teachers(built: Sequence[BuiltSchool], plan: Mapping[str, Any]) -> None:
    """Make room for the article's totals: a district cannot have more committed teachers than teachers."""
    for line in plan["article"]:
        wanted = line["totals"].get("P08")
        own = [s for s in built if s.plan.district == line["district"]]
        while wanted and sum(s.plan.teachers for s in own) < wanted * 1.12:
            for school in own:
                school.plan.teachers += 1


def _article_figures(
    built: Sequence[BuiltSchool], plan: Mapping[str, Any]
) -> dict[tuple[int, str, int], tuple[int, int, str]]:
    """Spread the article's totals of a district over its schools, in proportion to what was generated."""
    figures: dict[tuple[int, str, int], tuple[int, int, str]] = {}
    for line in plan["article"]:
        own = [s for s in built if s.plan.district == line["district"]]
        generated = {s.pk: figures_of(s.shape, when=line["year"] + 1.0, period=str(line["year"])) for s in own}
        for code, total in line["totals"].items():
            qualifier = Qualifier.AT_LEAST if code in line["at_least"] else Qualifier.EXACT
            weights = [_weight(code, s.shape, generated[s.pk]) for s in own]
            for school, number in zip(own, spread(total, weights), strict=True):
                figures[school.pk, code, line["year"]] = (number, int(qualifier), line["source"] if number else "")
        if "G11" in line["totals"]:
            for school in own:
                figures[school.pk, "G12N", line["year"]] = (school.plan.organisations, 0, line["source"])
        _keep_consistent(figures, own, line["year"])
    return figures


def _weight(code: str, shape: SchoolShape, generated: Mapping[str, int]) -> float:
    if code == "G11":
        return chance(shape.key, code, "article")
    return float(generated[code])


def spread(total: int, weights: Sequence[float]) -> list[int]:
    """`total` in whole parts, as near to the weights as possible; the sum is exact."""
    if total <= len(weights):
        # Fewer things than schools: one each for the heaviest.
        heaviest = sorted(range(len(weights)), key=lambda n: -weights[n])[:total]
        return [1 if n in set(heaviest) else 0 for n in range(len(weights))]
    scale = total / sum(weights)
    parts = [int(w * scale) for w in weights]
    by_rest = sorted(range(len(weights)), key=lambda n: parts[n] - weights[n] * scale)
    for n in islice(cycle(by_rest), total - sum(parts)):
        parts[n] += 1
    return parts


def _keep_consistent(
    figures: dict[tuple[int, str, int], tuple[int, int, str]], own: Sequence[BuiltSchool], year: int
) -> None:
    """Parts of an overridden total may not exceed it: due and fulfilled commitments follow the new number."""
    for school in own:
        if (school.pk, "L08", year) in figures:
            total = figures[school.pk, "L08", year][0]
            due = round(total * 0.8)
            figures[school.pk, "L09", year] = (due, 0, "")
            figures[school.pk, "L10", year] = (round(due * (0.9 + 0.08 * chance(school.pk, "kept"))), 0, "")


def write_accounts(
    path: Path, url: str, *, district_code: str, school_code: str,
    credentials: Future[Credentials] | None = None,
) -> list[Account]:  # fmt: skip
    """Create one login and token per role and write them to `path`, readable by the owner only."""
    accounts = build_accounts(district_code=district_code, school_code=school_code, credentials=credentials)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump({"url": url, "accounts": [asdict(a) for a in accounts]}, stream, ensure_ascii=False, indent=2)
    return accounts
