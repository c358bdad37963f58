"""Which schools the generated city has: names, types, sizes and places, as plain rows without a database."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

from schools.registry.models import AreaType, Ownership, SchoolKind

CITY = Path(__file__).parent / "data" / "city.toml"
START = date(2000, 1, 1)

# kind, name, share, smallest and largest number of teachers
KINDS = (
    (SchoolKind.PRIMARY, "小学", 0.55, 28, 110),
    (SchoolKind.JUNIOR, "初级中学", 0.20, 45, 150),
    (SchoolKind.NINE_YEAR, "九年制学校", 0.12, 40, 120),
    (SchoolKind.COMPLETE, "中学", 0.08, 120, 320),
    (SchoolKind.SENIOR, "高级中学", 0.02, 130, 260),
    (SchoolKind.VOCATIONAL, "职业教育中心", 0.02, 90, 220),
    (SchoolKind.SPECIAL, "特殊教育学校", 0.01, 20, 50),
)
AREAS = {
    "core": ((AreaType.URBAN, 0.75), (AreaType.TOWN, 0.20), (AreaType.RURAL, 0.05)),
    "other": ((AreaType.URBAN, 0.25), (AreaType.TOWN, 0.40), (AreaType.RURAL, 0.35)),
}


@dataclass(slots=True)
class PlannedSchool:
    code: str
    name: str
    short_name: str
    district: str
    location: str
    kind: str
    area_type: str
    ownership: str
    teachers: int
    branches: int
    town: str = ""
    group: str = ""
    zone: int = 0
    tilt: float = 0.0
    moves_to: str = ""
    organisations: int = field(init=False)

    def __post_init__(self) -> None:
        # A school with several branches has a committee (党委) or general branch (党总支) above them.
        self.organisations = self.branches + (1 if self.branches > 1 else 0)


@dataclass(frozen=True, slots=True)
class DistrictShape:
    code: str
    short_name: str
    region: str
    schools: int
    small_branches: bool = False


def read_city() -> dict[str, Any]:
    """The demo city's plan (city.toml) as it stands in the file."""
    return tomllib.loads(CITY.read_text(encoding="utf-8"))


def plan_schools(districts: list[DistrictShape], plan: Mapping[str, Any], rng: Random) -> Iterator[PlannedSchool]:
    """Every school of the plan: the named ones first, then generated ones up to the district's count."""
    named: dict[str, list[Mapping[str, Any]]] = {}
    for line in plan.get("named", ()):
        named.setdefault(line["district"], []).append(line)
    for district in districts:
        tilt = rng.uniform(-0.07, 0.06)
        own = named.get(district.code, [])
        for number in range(1, max(district.schools, len(own)) + 1):
            if number <= len(own):
                yield _named_school(district, number, own[number - 1], tilt)
            else:
                yield _generated_school(district, number, plan, rng, tilt)


def _named_school(district: DistrictShape, number: int, line: Mapping[str, Any], tilt: float) -> PlannedSchool:
    teachers = line["teachers"]
    return PlannedSchool(
        code=f"{district.code}{number:04d}",
        name=line["name"],
        short_name=line["short_name"],
        district=district.code,
        location=line.get("location", district.code),
        kind=line["kind"],
        area_type=line["area_type"],
        ownership=Ownership.PUBLIC,
        teachers=teachers,
        branches=line.get("branches") or _branches(teachers),
        group=line.get("group", ""),
        zone=number,
        tilt=tilt,
    )


def _generated_school(
    district: DistrictShape, number: int, plan: Mapping[str, Any], rng: Random, tilt: float
) -> PlannedSchool:
    kind, word, _share, low, high = rng.choices(KINDS, weights=[k[2] for k in KINDS])[0]
    if district.small_branches:
        # One branch each, and enough teachers together for the article's 5000余 commitments.
        low, high = 54, 80
    teachers = round(low + (high - low) * rng.random() ** 1.6)
    areas = AREAS["core" if district.region == "core" else "other"]
    area_type = rng.choices([a for a, _w in areas], weights=[w for _a, w in areas])[0]
    town, moves_to = _move(district, number, plan)
    code = f"{district.code}{number:04d}"
    return PlannedSchool(
        code=code,
        name=f"{district.short_name}第{number}{word}",
        short_name="",
        district=district.code,
        location=district.code if district.code != "L-ZS" else "500103",
        kind=kind,
        area_type=AreaType.TOWN if town else area_type,
        ownership=Ownership.PRIVATE if rng.random() < 0.06 else Ownership.PUBLIC,
        teachers=teachers,
        branches=1 if district.small_branches else _branches(teachers),
        group=next((name for name, codes in plan.get("members", {}).items() if code in codes), ""),
        town=town,
        zone=number,
        tilt=tilt,
        moves_to=moves_to,
    )


def _branches(teachers: int) -> int:
    """At most 50 members a branch (rule ORG-3); about 46 members for 100 teachers."""
    return max(ceil(teachers * 0.5 / 48), 1)


def _move(district: DistrictShape, number: int, plan: Mapping[str, Any]) -> tuple[str, str]:
    """Town and successor district of a school in an abolished district ("" and "" elsewhere)."""
    move = plan.get("move", {})
    if district.code not in move:
        return "", ""
    towns = move["towns"]
    if district.code == towns["from"] and number <= len(towns["names"]):
        return towns["names"][number - 1], towns["to"]
    return "", move[district.code]
