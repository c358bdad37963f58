"""Writes of the districts' own tables. Schools are written by schools.registry."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import City, District, Level, Region, Unit, Zone
from districts.pinyin import keys_of
from districts.rules import can_keep_district
from portal.accounts.models import User
from portal.workflow.errors import DomainError

U = TypeVar("U", bound=Unit)

DATA = Path(__file__).resolve().parent.parent / "data"
CITY = ("500000", "重庆市")
DIRECT = ("L-ZS", "市直属学校", "市直属")
REGIONS = {
    "主城都市区中心城区": Region.CORE,
    "主城新区": Region.NEW,
    "渝东北": Region.NORTHEAST,
    "渝东南": Region.SOUTHEAST,
}


@transaction.atomic
def load_districts() -> int:
    """Create or update the city and its units from districts/data; returns how many units there are.

    Safe to run again: rows are matched by code, nothing is removed.
    """
    city = _save(City, CITY[0], CITY[1], level=Level.CITY)
    tiles = {row["code"]: row for row in _read("tiles.csv")}
    rows = _read("districts.csv")
    for row in rows:
        _save_district(city, row, tiles.get(row["code"]))
    _save_direct_unit(city, tiles[DIRECT[0]])
    _link_successors(rows)
    return District.objects.count()


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _save_district(city: City, row: Mapping[str, str], tile: Mapping[str, str] | None) -> None:
    _save(
        District,
        row["code"],
        row["name_zh"],
        level=Level.DISTRICT,
        short_name=tile["name_short"] if tile else short_name(row["name_zh"]),
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        city=city,
        name_en=row["name_en"],
        kind=row["kind"],
        region=REGIONS[row["region"]],
        note=row["note"],
        **_tile(tile),
    )


def _save_direct_unit(city: City, tile: Mapping[str, str]) -> None:
    code, name, short = DIRECT
    _save(
        District,
        code,
        name,
        level=Level.DISTRICT,
        short_name=short,
        city=city,
        kind="市直属",
        region=Region.DIRECT,
        is_direct=True,
        **_tile(tile),
    )


def short_name(name: str) -> str:
    """江北区 → 江北; a name of two characters keeps its last one (忠县)."""
    for ending in ("土家族苗族自治县", "苗族土家族自治县", "土家族自治县", "区", "县"):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name[:8]


def _tile(tile: Mapping[str, str] | None) -> dict[str, int | None]:
    return {
        "tile_row": int(tile["row"]) if tile else None,
        "tile_column": int(tile["col"]) if tile else None,
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _save(model: type[U], code: str, name: str, **fields: object) -> U:
    pinyin, initials = keys_of(name)
    values = {"name": name, "pinyin": pinyin, "initials": initials, **fields}
    row, _created = model._default_manager.update_or_create(code=code, defaults=values)
    return row  # type: ignore[return-value]


def _link_successors(rows: Iterable[Mapping[str, str]]) -> None:
    districts = {district.code: district for district in District.objects.all()}
    for row in rows:
        codes = [code for code in row["successor_codes"].split(";") if code]
        districts[row["code"]].successors.set([districts[code] for code in codes])


@transaction.atomic
def add_zone(*, actor: User, scope: Scope, district: District, name: str) -> Zone:
    """Add a 党建片区 to a district. DomainError `zone_name`, `zone_exists` for a name that is taken, `forbidden`."""
    if not can_keep_district(scope, district):
        raise DomainError("forbidden", _("只有市级管理员和本区县管理员可以修改。"), status=403)
    name = name.strip()
    if not name:
        raise DomainError("zone_name", _("请写出片区名称。"), field="name")
    District.objects.select_for_update().get(pk=district.pk)
    if Zone.objects.filter(district=district, name=name).exists():
        raise DomainError("zone_exists", _("本单位已有同名片区，请换一个名称。"), field="name")
    number = Zone.objects.filter(district=district).count() + 1
    while Unit.objects.filter(code=f"{district.code}-P{number}").exists():
        number += 1
    pinyin, initials = keys_of(name)
    return Zone.objects.create(
        code=f"{district.code}-P{number}",
        name=name,
        level=Level.ZONE,
        district=district,
        pinyin=pinyin,
        initials=initials,
    )
