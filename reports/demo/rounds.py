"""What the demo's rounds are built from: data file, rubric, people, a published round, a filled form. 演示数据."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from districts.access import Scope, scope_of
from districts.models import City, District, Office, Role, Unit
from portal.accounts.models import User
from projects.programmes.models import Programme
from projects.selection.models import DesignationKind, Round, StageKind
from projects.selection.services import rounds
from schools.registry.models import School

DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "selection.toml").read_text(encoding="utf-8"))
ANCHORS = ((0, "较弱"), (12, "一般"), (15, "良好"), (18, "突出"))
# Anchors at three fifths, three quarters and nine tenths of the maximum, as in the design.
CRITERIA: Sequence[dict[str, Any]] = tuple(
    {
        **row,
        "maximum": Decimal(row["maximum"]),
        "anchors": [
            [row["maximum"] * part // 20, word]
            for part, word in ((0, "较弱"), (12, "一般"), (15, "良好"), (18, "突出"))
        ],
        "explain_high": Decimal(row["maximum"]),
        "explain_low": Decimal(row["maximum"] * 2 // 5),
    }
    for row in DATA["criteria"]
)


@dataclass(frozen=True, slots=True)
class Chair:
    actor: User
    scope: Scope

    @property
    def by(self) -> dict[str, Any]:
        return {"actor": self.actor, "scope": self.scope}


def holder_of(offices: Iterable[Office]) -> Chair:
    user = next(iter(offices)).user
    return Chair(user, scope_of(user))


def make_round(
    chair: Chair, code: str, title: str, kind: DesignationKind, quota: dict[District, int], *, target: int,
    questions: Sequence[dict[str, Any]] = DATA["questions"], **details: Any,
) -> Round:  # fmt: skip
    unit = Unit.objects.get(pk=City.objects.get().pk)
    now = timezone.now()
    rules = {
        "panel_size": 3, "trim_from": 5, "tie_rule": ["fusion", "effect"], "expert_load": 40, "bars_holders": False,
        "intro": "演示数据。每校限报一项；材料里的人名、品牌名请在“须隐去的名称”里列出。", **details,
    }  # fmt: skip
    round_ = rounds.create_round(
        **chair.by, unit=unit, code=code, title=title, official_title=f"{kind.title}（{title}，演示）",
        programme=kind.programme or Programme.objects.get(code="dual_creation"), designation_kind=kind, target=target,
        **rules,
    )  # fmt: skip
    stages = {kind: (now - timedelta(days=1), now + timedelta(days=1)) for kind in StageKind.values}
    rounds.set_stages(**chair.by, round_id=round_.pk, stages=stages)
    rounds.set_questions(**chair.by, round_id=round_.pk, rows=questions)
    rounds.set_criteria(**chair.by, round_id=round_.pk, rows=CRITERIA)
    rounds.allot_places(**chair.by, round_id=round_.pk, quota=quota, pool=2)
    rounds.publish_round(**chair.by, round_id=round_.pk, lock_version=0)
    return round_


def answers_of(school: School, number: int) -> dict[str, Any]:
    """A filled form; the brands take turns."""
    brand = DATA["brands"][number % len(DATA["brands"])]
    words = {"name": school.label, "place": school.location_district.name}
    return {
        "basis": DATA["basis"].format(**words), "measures": DATA["measures"].format(**words),
        "brand": brand, "names": [brand],
        "goals": [["支部标准化达标率", "75%", "100%"], ["骨干教师党员比", "54.3%", "60%"]],
    }  # fmt: skip


def clerks_of(schools: Sequence[School]) -> dict[int, int]:
    """School → the user who fills in for it."""
    rows = Office.objects.filter(role=Role.SCHOOL_CLERK, unit__in=[s.pk for s in schools], valid_to=None)
    return dict(rows.values_list("unit_id", "user_id"))


def reviewer_of(district_id: int) -> Chair:
    return holder_of(Office.objects.filter(role=Role.DISTRICT_REVIEWER, unit_id=district_id, valid_to=None))
