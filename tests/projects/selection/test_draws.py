"""The draw on record: anybody who has the export repeats it, and a record that the seed does not give is said."""

import csv
import hashlib
import io

from projects.selection.models import Assignment
from projects.selection.rules.assignment import draw
from projects.selection.selectors.draws import get_draw
from projects.selection.services.sheets import recuse
from tests.support.selection import Contest, add_experts, expert_of, to_review


def test_the_draw_can_be_repeated_from_its_seed_by_anybody_who_has_the_export(contest: Contest) -> None:
    """With nothing but the table: seats, lots and who was barred; whoever came or stepped back later changes nothing."""
    rows = to_review(contest, experts=6, seed="2026-11-06")
    chair, path = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/draw/record/"
    table = b"".join(chair.get(f"{path}?export=csv")).decode("utf-8-sig").split("\r\n\r\n")[0]  # type: ignore[arg-type]
    lines = list(csv.DictReader(io.StringIO(table)))
    assert len(lines) == len(rows) * 6
    for line in lines:
        said = "|".join(("2026-11-06", line["材料键"], line["专家键"]))
        assert line["抽签值"] == hashlib.sha256(said.encode()).hexdigest()
    again = draw(
        {line["材料键"] for line in lines}, {line["专家键"] for line in lines}, seed="2026-11-06", panel_size=3,
        load_limit=20, barred={(line["材料键"], line["专家键"]) for line in lines if line["回避"]},
    )  # fmt: skip
    assert set(again.pairs) == {(line["材料键"], line["专家键"]) for line in lines if line["席位"]}
    sheet = rows[0].assignments.first()
    recuse(**expert_of(sheet), assignment_id=sheet.pk, lock_version=0, reason="有共同成果。")
    add_experts(contest, 2)
    record = get_draw(contest.round)
    assert record is not None
    assert record.agrees
    assert len(record.experts) == 6
    page = chair.get(path).content.decode()
    assert "按种子重算一致" in page
    assert path in chair.get(f"/selection/rounds/{contest.round.pk}/panel/").content.decode()


def test_a_record_that_the_seed_does_not_give_is_said(contest: Contest) -> None:
    rows = to_review(contest, experts=6)
    seated = set(rows[0].assignments.values_list("expert_id", flat=True))
    other = next(expert for expert in contest.experts if expert.pk not in seated)
    Assignment.objects.filter(pk=rows[0].assignments.first().pk).update(expert=other)
    record = get_draw(contest.round)
    assert record is not None
    assert not record.agrees
    page = contest.city.client("city_admin").get(f"/selection/rounds/{contest.round.pk}/draw/record/").content.decode()
    assert "按种子重算不一致" in page


def test_the_record_of_the_draw_is_for_those_who_run_the_round(contest: Contest) -> None:
    path = f"/selection/rounds/{contest.round.pk}/draw/record/"
    assert contest.city.client("city_admin").get(path).status_code == 404, "not drawn yet"
    to_review(contest)
    for name in ("reviewer", "secretary", "expert", "inspector"):
        assert contest.city.client(name).get(path).status_code in (403, 404), name
    assert contest.city.client("city_staff").get(path).status_code == 200
