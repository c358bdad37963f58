"""Brands, courses and cases of the generated cities, all in bulk. 演示数据.

Which schools have a brand, and from when on, follows from the keys. The article's schools have the article's brands,
and the article's district exactly as many as it says.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from districts.pinyin import keys_of
from schools.party.models import PartyOrganisation, PartyOrganisationKind
from schools.registry.models import School
from schools.showcase.models import Brand, Exhibit

from .copying import copy_rows, take_ids
from .figures import chance
from .people import Staff
from .units import BuiltSchool

DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "showcase.toml").read_text(encoding="utf-8"))
# Share of schools that have a brand by now, of those that have a second one in a branch, and of those that ended one.
HAVING, SECOND, ENDED, EXHIBITING = 0.78, 0.16, 0.03, 0.25
# The first brands are as old as this; in the article's district all are in use before its first as-of day.
OLDEST, BOUND_UNTIL = date(2020, 9, 1), date(2023, 12, 1)
# In the article's district this part of the brands are a branch's.
BOUND_BRANCHES = 0.18


@dataclass(slots=True)
class Planned:
    """One brand to write; `parent` is another one of the list."""

    school: BuiltSchool
    name: str
    since: date
    concept: str
    elements: str = ""
    owner: str = "school"
    branch: int | None = None
    parent: "Planned | None" = None
    ended: date | None = None
    pk: int = 0


def build_showcase(
    built: Sequence[BuiltSchool], staff: Staff, *, years: Sequence[int], today: date, plan: Mapping[str, Any]
) -> None:
    """Write everything; nothing for a city without years. Runs after the organisations, before the facts."""
    if not years:
        return
    branches = _branches()
    named = [brand for school in built for brand in _named(school, branches)]
    taken = {brand.school.pk for brand in named}
    bound = {line["district"]: line["brands"] for line in plan.get("article", ()) if "brands" in line}
    others = [school for school in built if school.pk not in taken]
    free = (b for s in others if s.plan.district not in bound for b in _by_luck(s, branches, today))
    counted = (b for place, total in bound.items() for b in _exactly(others, place, total, branches))
    planned = [*named, *free, *counted]
    _write_brands(planned, staff)
    _write_exhibits(built, planned, staff, today)


def _branches() -> dict[int, list[int]]:
    """School → its branches."""
    found: dict[int, list[int]] = {}
    rows = PartyOrganisation.objects.filter(kind=PartyOrganisationKind.BRANCH).order_by("unit_id")
    for school, branch in rows.values_list("school_id", "unit_id"):
        found.setdefault(school, []).append(branch)
    return found


def _named(school: BuiltSchool, branches: Mapping[int, list[int]]) -> Iterator[Planned]:
    for line in DATA["brands"]:
        if line["school"] != school.plan.short_name:
            continue
        owner = line.get("owner", "school")
        brand = Planned(school, line["name"], line["since"], line["concept"], line["elements"], owner)
        yield brand
        for name, branch in zip(line.get("branches", ()), branches.get(school.pk, ()), strict=False):
            yield _part(brand, name, branch)


def _part(brand: Planned, name: str, branch: int) -> Planned:
    return Planned(
        brand.school, name, brand.since + timedelta(days=120), DATA["branch_concept"].format(name=name),
        owner="branch", branch=branch, parent=brand,
    )  # fmt: skip


def _name(school: BuiltSchool) -> str:
    """Two words; neighbours in the register get different ones."""
    first, second = DATA["first"], DATA["second"]
    number = school.pk * 7
    return f"{first[number % len(first)]}·{second[number // len(first) % len(second)]}"


def _own(school: BuiltSchool, since: date) -> Planned:
    name = _name(school)
    return Planned(school, name, since, DATA["concept"].format(name=name), DATA["elements"])


def _second(brand: Planned, branches: Mapping[int, list[int]]) -> Planned | None:
    """A branch's own brand, in schools with more than one branch."""
    own = branches.get(brand.school.pk, [])
    words = DATA["branch"]
    return _part(brand, words[brand.school.pk % len(words)], own[0]) if len(own) > 1 else None


def _by_luck(school: BuiltSchool, branches: Mapping[int, list[int]], today: date) -> Iterator[Planned]:
    luck = chance(school.pk, "brand")
    if luck >= HAVING:
        return
    # The luckier, the earlier: coverage grows from year to year.
    brand = _own(school, OLDEST + timedelta(days=int((today - OLDEST).days * luck / HAVING)))
    if luck < SECOND * HAVING and (part := _second(brand, branches)) is not None:
        yield brand
        yield part
        return
    if chance(school.pk, "brand ended") < ENDED and (today - brand.since).days > 400:
        brand.ended = brand.since + timedelta(days=400)
    yield brand


def _exactly(
    schools: Sequence[BuiltSchool], place: str, total: int, branches: Mapping[int, list[int]]
) -> Iterator[Planned]:
    """As many as the article says, none of them younger than its year and none ended."""
    own = sorted((s for s in schools if s.plan.district == place), key=lambda s: chance(s.pk, "brand"))
    days = (BOUND_UNTIL - OLDEST).days - 200
    brands = [_own(s, OLDEST + timedelta(days=int(days * chance(s.pk, "brand")))) for s in own]
    parts = [part for brand in brands if (part := _second(brand, branches)) is not None]
    several = min(len(parts), round(total * BOUND_BRANCHES), total)
    chosen = {id(part.parent) for part in parts[:several]}
    # Parents first, then other schools, until the number is full.
    ordered = sorted(brands, key=lambda brand: id(brand) not in chosen)
    yield from ordered[: total - several]
    yield from parts[:several]


def _write_brands(planned: Sequence[Planned], staff: Staff) -> None:
    groups = dict(School.objects.filter(group__isnull=False).values_list("pk", "group_id"))
    for pk, brand in zip(take_ids(Brand, len(planned)), planned, strict=True):
        brand.pk = pk
    copy_rows(
        Brand,
        (
            "id", "school_id", "name", "pinyin", "initials", "started_on", "ended_on", "end_reason", "made_by_id",
            "saved_at", "owner_kind", "organisation_id", "group_id", "parent_id", "concept", "elements",
        ),
        (
            (
                b.pk, b.school.pk, b.name, *keys_of(b.name), b.since, b.ended,
                DATA["end_reason"] if b.ended else "", staff.clerks[b.school.pk], _moment(b.since), b.owner, b.branch,
                groups[b.school.pk] if b.owner == "group" else None, b.parent.pk if b.parent else None, b.concept,
                b.elements,
            )
            for b in planned
        ),
    )  # fmt: skip


def _write_exhibits(built: Sequence[BuiltSchool], planned: Sequence[Planned], staff: Staff, today: date) -> None:
    """The article's, and in some schools with a brand a course or a case that goes with it."""
    brands = {b.school.pk: b for b in reversed(planned) if b.owner != "branch" and b.ended is None}
    rows: list[tuple[Any, ...]] = []
    for school in built:
        brand = brands.get(school.pk)
        lines = [line for line in DATA["exhibits"] if line["school"] == school.plan.short_name]
        luck = chance(school.pk, "exhibit")
        if not lines and brand and luck < EXHIBITING:
            kind = "course" if luck < EXHIBITING / 2 else "case"
            lines = [{"kind": kind, "name": DATA[kind], "summary": DATA[f"{kind}_summary"]}]
        for line in lines:
            since = min((brand.since if brand else OLDEST) + timedelta(days=90), today)
            published = min(since + timedelta(days=200), today) if "publication" in line else None
            rows.append(
                (
                    school.pk, line["kind"], line["name"], *keys_of(line["name"]), since, "",
                    staff.clerks[school.pk], _moment(since), line["summary"], brand.pk if brand else None, "", "", "",
                    0, "", line.get("publication", ""), line.get("reach", "school"), published,
                )
            )  # fmt: skip
    copy_rows(
        Exhibit,
        (
            "school_id", "kind", "name", "pinyin", "initials", "started_on", "end_reason", "made_by_id", "saved_at",
            "summary", "brand_id", "link", "file", "file_name", "file_size", "media_type", "publication", "reach",
            "published_on",
        ),
        rows,
    )  # fmt: skip


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, 30, tzinfo=UTC)
