"""Planned schools become rows: units, schools, affiliations, zones, groups and Party organisations, all by COPY."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from districts.models import Affiliation, District, Level, Unit, Zone
from districts.pinyin import keys_of
from schools.party.models import PartyOrganisation, PartyOrganisationKind
from schools.registry.models import Campus, School, SchoolGroup

from .copying import copy_rows, take_ids
from .figures import SchoolShape, chance, figures_of
from .plan import START, PlannedSchool

UNIT_COLUMNS = ("id", "code", "name", "short_name", "level", "pinyin", "initials", "valid_from", "valid_to")
ZONES_FROM = 40
SCHOOLS_PER_ZONE = 22
# Share of the Party organisations whose term has run out.
OVERDUE = 0.065


@dataclass(frozen=True, slots=True)
class BuiltSchool:
    """A planned school with its primary key and the spans in which it belonged to a district."""

    pk: int
    plan: PlannedSchool
    districts: tuple[tuple[int, date, date | None], ...]

    @property
    def shape(self) -> SchoolShape:
        return SchoolShape(self.pk, self.plan.teachers, self.plan.organisations, self.plan.branches, self.plan.tilt)

    @property
    def district_now(self) -> int:
        return self.districts[-1][0]

    def district_on(self, day: date) -> int:
        return next(pk for pk, start, end in self.districts if start <= day and (end is None or day < end))


def build_schools(planned: Sequence[PlannedSchool], *, move: Mapping[str, Any] | None = None) -> list[BuiltSchool]:
    """Write everything that exists: returns the schools with their keys. `move` is the plan's [move] table."""
    districts = dict(District.objects.values_list("code", "pk"))
    ids = take_ids(Unit, len(planned))
    moved_on = move["on"] if move else None
    built = [BuiltSchool(pk, plan, _spans(plan, districts, moved_on)) for pk, plan in zip(ids, planned, strict=True)]
    zones = _build_zones(built)
    groups = _build_groups(built)
    copy_rows(
        Unit, UNIT_COLUMNS, (unit_row(s.pk, s.plan.code, s.plan.name, s.plan.short_name, Level.SCHOOL) for s in built)
    )
    copy_rows(
        School,
        (
            "unit_id", "district_id", "zone_id", "location_district_id", "group_id",
            "kind", "ownership", "area_type", "town",
        ),
        (
            (
                s.pk, s.district_now, zones.get(s.pk), _location(s, districts), groups.get(s.plan.group),
                s.plan.kind, s.plan.ownership, s.plan.area_type, s.plan.town,
            )
            for s in built
        ),
    )  # fmt: skip
    _build_affiliations(built, zones, move["reason"] if move else "")
    _build_campuses(built)
    return built


def unit_row(pk: int, code: str, name: str, short_name: str, level: str) -> tuple[Any, ...]:
    pinyin, initials = keys_of(name)
    return (pk, code, name, short_name, level, pinyin, initials, START, None)


def _spans(
    plan: PlannedSchool, districts: Mapping[str, int], moved_on: date | None
) -> tuple[tuple[int, date, date | None], ...]:
    first = districts[plan.district]
    if not plan.moves_to or moved_on is None:
        return ((first, START, None),)
    return ((first, START, moved_on), (districts[plan.moves_to], moved_on, None))


def _location(school: BuiltSchool, districts: Mapping[str, int]) -> int:
    same = school.plan.location == school.plan.district
    return school.district_now if same else districts[school.plan.location]


def _build_zones(built: Iterable[BuiltSchool]) -> dict[int, int]:
    """Districts with many schools get zones (党建片区); returns school → zone."""
    by_district: dict[int, list[BuiltSchool]] = {}
    for school in built:
        by_district.setdefault(school.district_now, []).append(school)
    zone_of: dict[int, int] = {}
    names = "一二三四五六七八九十"
    codes = dict(District.objects.values_list("pk", "code"))
    for district, schools in by_district.items():
        if len(schools) < ZONES_FROM:
            continue
        count = min(max(round(len(schools) / SCHOOLS_PER_ZONE), 2), len(names))
        ids = take_ids(Unit, count)
        rows = [
            unit_row(pk, f"{codes[district]}-P{n + 1}", f"第{names[n]}片区", "", Level.ZONE) for n, pk in enumerate(ids)
        ]
        copy_rows(Unit, UNIT_COLUMNS, rows)
        copy_rows(Zone, ("unit_id", "district_id"), ((pk, district) for pk in ids))
        zone_of |= {school.pk: ids[number % count] for number, school in enumerate(schools)}
    return zone_of


def _build_groups(built: Iterable[BuiltSchool]) -> dict[str, int]:
    names = list(dict.fromkeys(s.plan.group for s in built if s.plan.group))
    ids = take_ids(Unit, len(names))
    rows = [
        unit_row(pk, f"G{n:04d}", name, "", Level.GROUP) for n, (pk, name) in enumerate(zip(ids, names, strict=True), 1)
    ]
    copy_rows(Unit, UNIT_COLUMNS, rows)
    copy_rows(SchoolGroup, ("unit_id",), ((pk,) for pk in ids))
    return dict(zip(names, ids, strict=True))


def _build_affiliations(built: Iterable[BuiltSchool], zones: Mapping[int, int], reason: str) -> None:
    copy_rows(
        Affiliation,
        ("unit_id", "district_id", "zone_id", "valid_from", "valid_to", "reason"),
        (
            (s.pk, district, zones.get(s.pk) if end is None else None, start, end, reason if start != START else "")
            for s in built
            for district, start, end in s.districts
        ),
    )


def _build_campuses(built: Iterable[BuiltSchool]) -> None:
    rows = [(s.pk, "校本部", "", True) for s in built]
    rows += [(s.pk, f"{n}校区", "", False) for s in built if s.plan.branches == 8 for n in ("东", "西")]
    copy_rows(Campus, ("school_id", "name", "address", "is_main"), rows)


# The figures of which members are counted.
MEMBERS = frozenset({"X01", "X02"})


def build_party_organisations(built: Sequence[BuiltSchool], *, counted_on: date) -> None:
    """One branch, or a committee / general branch with branches below it; members as the figures have them."""
    ids = iter(take_ids(Unit, sum(s.plan.organisations for s in built)))
    units: list[tuple[Any, ...]] = []
    rows: list[tuple[Any, ...]] = []
    when = counted_on.year + counted_on.timetuple().tm_yday / 366
    for school in built:
        figures = figures_of(school.shape, when=when, period=counted_on.isoformat(), codes=MEMBERS)
        _one_tree(school, figures, ids, units, rows, counted_on)
    copy_rows(Unit, UNIT_COLUMNS, units)
    copy_rows(
        PartyOrganisation,
        (
            "unit_id", "school_id", "parent_id", "campus_id", "kind", "full_members", "probationary_members",
            "counted_on", "term_start", "term_end",
        ),
        rows,
    )  # fmt: skip


def _one_tree(
    school: BuiltSchool,
    figures: Mapping[str, int],
    ids: Any,
    units: list[tuple[Any, ...]],
    rows: list[tuple[Any, ...]],
    counted_on: date,
) -> None:
    top = None
    label = school.plan.short_name or school.plan.name
    if school.plan.branches > 1:
        top = next(ids)
        kind = PartyOrganisationKind.COMMITTEE if figures["X01"] > 100 else PartyOrganisationKind.GENERAL_BRANCH
        units.append(unit_row(top, f"{school.plan.code}-D0", f"{label}{kind.label}", "", Level.ORGANISATION))
        years = 5 if kind == PartyOrganisationKind.COMMITTEE else 3
        rows.append((top, school.pk, None, None, kind, 0, 0, counted_on, *_term(top, years, counted_on)))
    for number in range(1, school.plan.branches + 1):
        pk = next(ids)
        name = f"{label}第{number}党支部" if school.plan.branches > 1 else f"{label}党支部"
        units.append(unit_row(pk, f"{school.plan.code}-D{number}", name, "", Level.ORGANISATION))
        full = _share(figures["X01"], school.plan.branches, number)
        probationary = _share(figures["X02"], school.plan.branches, number)
        rows.append(
            (
                pk,
                school.pk,
                top,
                None,
                PartyOrganisationKind.BRANCH,
                full,
                probationary,
                counted_on,
                *_term(pk, 3, counted_on),
            )
        )


def _share(total: int, parts: int, number: int) -> int:
    return total // parts + (1 if number <= total % parts else 0)


def _term(pk: int, years: int, today: date) -> tuple[date, date]:
    """A term of so many years. Nearly all are running; some ran out in the last months and wait for an election."""
    if chance(pk, "overdue") < OVERDUE:
        months = -1 - int(chance(pk, "late") * 8)
    else:
        months = 1 + int(chance(pk, "term") * (years * 12 - 1))
    end = _months_from(today, months)
    return end.replace(year=end.year - years), end


def _months_from(day: date, months: int) -> date:
    """The 15th of the month so many months away."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 15)
