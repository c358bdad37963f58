"""Rounds of earlier years, announced: who applied, who was recommended, who was chosen. In bulk. 演示数据."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from districts.models import City, Unit
from projects.programmes.models import Programme
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Criterion,
    DesignationKind,
    DistrictList,
    ListStatus,
    Place,
    Question,
    Recommendation,
    Round,
    RoundStatus,
    Stage,
    StageKind,
    Version,
)

from .figures import chance
from .people import Staff
from .rounds import CRITERIA
from .units import BuiltSchool

APPLIED, RECOMMENDED = 0.06, 0.55
TEXT = "学校设党总支1个、党支部4个，支部建在年级组和教研组，形成支部定题、党员领题、教研组破题的研修机制。"


def build_past_round(
    built: Sequence[BuiltSchool], chosen: Mapping[int, BuiltSchool], staff: Staff, *, batch: str, announced: date
) -> dict[int, Application]:
    """The round of a batch with its cases: school → case, for those that were chosen."""
    round_ = _round(batch, announced, target=len(chosen))
    others = [s for s in built if s.pk not in chosen and chance(s.pk, batch, "applied") < APPLIED]
    schools = [*chosen.values(), *others]
    begun = announced - timedelta(days=100)
    cases = [
        Application(
            round=round_, holder_kind="school", school_id=school.pk, district_id=school.district_on(begun),
            submitted_at=_moment(begun + timedelta(days=10)), lock_version=3,
            status=ApplicationStatus.ANNOUNCED if school.pk in chosen else ApplicationStatus.DECLINED,
        )
        for school in schools
    ]  # fmt: skip
    Application.objects.bulk_create(cases)
    frozen = _moment(begun + timedelta(days=10))
    Version.objects.bulk_create(
        Version(
            application=case, number=1, answers={"basis": TEXT}, saved_by_id=staff.clerks[case.school_id],
            frozen_at=frozen,
        )
        for case in cases
    )  # fmt: skip
    _recommend([c for c in cases if c.school_id in chosen or chance(c.school_id, batch, "listed") < RECOMMENDED])
    _close_lists(cases, _moment(begun + timedelta(days=40)))
    # Only now: places are allotted while a round is a draft.
    Round.objects.filter(pk=round_.pk).update(status=RoundStatus.ANNOUNCED, lock_version=6)
    return {case.school_id: case for case in cases if case.school_id in chosen}


def _round(batch: str, announced: date, *, target: int) -> Round:
    kind = DesignationKind.objects.get(code="dc-cultivation")
    round_ = Round.objects.create(
        code=f"dc-{announced:%Y%m}", title=batch, official_title=f"{kind.title}（{batch}，演示）",
        programme=Programme.objects.get(code="dual_creation"), unit=Unit.objects.get(pk=City.objects.get().pk),
        designation_kind=kind, target=target, panel_size=3, trim_from=5, seed=f"{announced:%Y%m%d}",
        status=RoundStatus.DRAFT,
        intro="演示数据。平台启用以前的批次，只登记申报、推荐和公布结果。",
    )  # fmt: skip
    Question.objects.create(round=round_, code="basis", section="一、工作基础", title="工作基础", order=1)
    Criterion.objects.bulk_create(Criterion(round=round_, order=n, **row) for n, row in enumerate(CRITERIA))
    first, step = announced - timedelta(days=114), timedelta(days=14)
    Stage.objects.bulk_create(
        Stage(round=round_, kind=kind, opens_at=_moment(first + step * n), closes_at=_moment(first + step * (n + 1)))
        for n, kind in enumerate(StageKind.values)
    )
    return round_


def _recommend(cases: Sequence[Application]) -> None:
    """A place for each, its own district's; ranks in the order of the keys."""
    places = Place.objects.bulk_create(
        Place(round_id=case.round_id, district_id=case.district_id, allotted_to_id=case.district_id, number=n)
        for n, case in enumerate(cases, 1)
    )
    ranks: dict[int, int] = {}
    rows: list[Any] = []
    for case, place in zip(cases, places, strict=True):
        ranks[case.district_id] = ranks.get(case.district_id, 0) + 1
        rows.append(
            Recommendation(
                application=case, round_id=case.round_id, district_id=case.district_id, place=place,
                rank=ranks[case.district_id], reason="基础扎实，品牌清晰。",
            )
        )  # fmt: skip
    Recommendation.objects.bulk_create(rows)


def _close_lists(cases: Sequence[Application], sent: datetime) -> None:
    """The lists of the districts, handed in when the recommendations were due."""
    DistrictList.objects.bulk_create(
        DistrictList(
            round_id=cases[0].round_id, district_id=district, status=ListStatus.SENT, lock_version=1, sent_at=sent,
            minutes="经集体研究确定。",
        )
        for district in sorted({case.district_id for case in cases})
    )  # fmt: skip


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=timezone.get_current_timezone())
