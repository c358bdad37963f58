"""The leak walk: everything that an expert can reach, and not one word in it that tells who applied."""

import io
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from districts.models import Office
from districts.services.offices import create_token
from projects.selection.models import (
    Application,
    Assignment,
    AssignmentStatus,
    Attachment,
    BlindCopy,
    BlindFile,
    Designation,
    FileCheck,
    Round,
)
from projects.selection.services import results, sheets
from projects.selection.services.blinding import hide_words
from tests.support.reach import Leak, Reach
from tests.support.selection import COMMENT, Contest, expert_of, score
from tests.support.telling import build_telling_round, docx, photograph, words

# Hundreds of requests each; on a busy machine they take their time.
# One worker builds the round for all of them.
pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("leaks")]
Told = tuple[Contest, list[Application]]
NAMED = "栖霞小学的评语与分数不符，请与巫溪县核对。"


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Told]:
    """Built once: a round that tells everything takes seconds to build."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_telling_round()
        transaction.set_rollback(True)


@pytest.fixture
def told(built: Told, db: None) -> Told:
    """The round as it was built; what a test does with it is gone before the next one."""
    return deepcopy(built)


def values(route: str, name: str) -> Iterable[Any]:
    """What stands in the addresses of the round: every key and code of it, at every place where one may stand."""
    schools = ["5002380001", "5001160001"]
    if route.startswith("accounts/"):
        return ["1"]
    if name in ("pk", "round_pk"):
        for begin, model in (
            ("selection/rounds", Round), ("selection/cases", Application), ("selection/panel", Assignment),
            ("selection/designations", Designation), ("creation/builds", Designation), ("api/v1/applications", Application),
            ("api/v1/designations", Designation), ("api/v1/builds", Designation),
        ):  # fmt: skip
            if route.startswith(begin):
                return model.objects.order_by("pk").values_list("pk", flat=True)  # type: ignore[attr-defined]
        return [Application.objects.order_by("pk").values_list("pk", flat=True)[0], 1]
    if name in ("case_pk", "sheet_pk", "expert_pk", "file_pk"):
        first = {"case_pk": Application, "sheet_pk": Assignment, "file_pk": Attachment}.get(name)
        return first.objects.order_by("pk").values_list("pk", flat=True)[:2] if first else [1]
    if route.startswith("selection/panel") and name == "number":
        return (1, 19)
    if name == "code":
        if route.startswith(("api/v1/rounds",)):
            return ["dc-2026"]
        if "district" in route or "desk" in route:
            return ["500238", "500116"]
        return [*schools, "500238", "L03"]
    return {
        "number": ["DC-1", "dc-2026"], "level": ["school", "district"], "action": ["accept", "withdraw"],
        "kind": ["review"], "name": ["indicators"], "organisation": schools, "zone": ["1"], "digest": ["x"],
    }.get(name, ["1"])  # fmt: skip


def reach_of(told: Told, sheet: Assignment) -> Reach:
    """A browser and a token of the sheet's expert."""
    contest, rows = told
    client = Client()
    client.force_login(sheet.expert.office.user)
    by = expert_of(sheet)
    token = create_token(**by, office_id=sheet.expert.office_id, name="walk")
    return Reach(client, words(contest, rows), values, token)


def told_by(*walks: Reach) -> list[str]:
    """What was found, each once, as it reads in a failure."""
    return sorted({f"{leak.word}: {leak.path} ({leak.place})" for walk in walks for leak in walk.leaks})


def own_sheet(case: Application, *, other: Assignment | None = None) -> Assignment:
    rows = case.assignments.filter(status=AssignmentStatus.ASSIGNED).select_related("expert__office__user", "round")
    found = rows.exclude(pk=other.pk if other else 0).first()
    assert found is not None
    return found


def open_everything(reach: Reach, expert: Office) -> None:
    """Declare, write, autosave and err on every own sheet, as the pages do it; try every number of a file."""
    form = {"points-base": "41", "points-fusion": "30", "points-brand": "15", "comment": COMMENT, "lock_version": "0"}
    for sheet in Assignment.objects.filter(expert__office=expert, status=AssignmentStatus.ASSIGNED):
        base = f"/selection/panel/{sheet.pk}/"
        reach.get(base)
        reach.post(f"{base}declare/")
        assert reach.post(f"{base}save/", form).status_code == 422
        reach.post(f"{base}save/", {"points-base": "30"}, **{"HX-Request": "true"})
        reach.post(f"{base}save/", {"comment": "短", "submit": "1", "lock_version": "0"})
        reach.post(f"{base}save/", {"comment": COMMENT, "next": "1"})
        for number in range(1, 20):
            reach.get(f"{base}files/{number}/")


def test_the_walk_goes_everywhere_and_finds_no_word(told: Told) -> None:
    _contest, rows = told
    sheet = own_sheet(rows[0])
    _given_back_with_names(told, sheet)
    reach = reach_of(told, sheet)
    open_everything(reach, sheet.expert.office)
    reach.walk()
    assert told_by(reach) == []
    seen = {path: status for path, status in reach.statuses.items() if status == 200}
    # It did go there: the text, the files, the news, lists, exports, the API.
    base = f"/selection/panel/{sheet.pk}/"
    for path in (
        "/inbox/",
        "/selection/",
        base,
        "/api/v1/rounds/",
        "/api/v1/applications/",
        "/selection/cases/?export=xlsx",
    ):
        assert path in seen, (path, reach.statuses.get(path))
    assert "骨干教师带头上公开课" in reach.get(base).content.decode()
    downloads = [path for path in seen if path.startswith(f"{base}files/")]
    assert len(downloads) >= 6, downloads
    assert len(reach.statuses) > 300


def test_the_walk_after_the_review_and_for_those_who_left_finds_no_word(told: Told) -> None:
    contest, rows = told
    left = own_sheet(rows[0])
    sheets.declare_free(**expert_of(left), assignment_id=left.pk)
    sheets.recuse(**expert_of(left), assignment_id=left.pk, lock_version=0, reason="认出了栖霞小学。")
    for case in rows:
        for sheet in case.assignments.filter(status=AssignmentStatus.ASSIGNED).select_related("expert__office__user"):
            score(sheet)
    reach = reach_of(told, left)
    reach.walk("selection/panel")
    reach.walk("inbox")
    results.close_review(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())
    after = reach_of(told, left)
    after.walk("selection")
    after.walk("inbox")
    after.walk("api")
    assert told_by(reach, after) == []
    assert reach.statuses[f"/selection/panel/{left.pk}/"] == 403


def test_what_the_steps_of_others_say_reaches_no_expert(told: Told) -> None:
    """A reported leak, words hidden, a seat taken and given, all with the name in the reason."""
    contest, rows = told
    first = own_sheet(rows[0])
    second = own_sheet(rows[0], other=first)
    sheets.declare_free(**expert_of(first), assignment_id=first.pk)
    sheets.report_leak(**expert_of(first), assignment_id=first.pk, note="第二部分写着栖霞小学。")
    reach = reach_of(told, second)
    reach.get(f"/selection/panel/{second.pk}/")
    hide_words(**contest.chair, application_id=rows[0].pk, words=["公开课"])
    sheets.replace_expert(
        **contest.chair, assignment_id=first.pk, lock_version=first.lock_version, reason="栖霞小学的材料逾期未评。"
    )
    reach.walk("inbox")
    gone = reach_of(told, first)
    gone.walk("inbox")
    gone.walk("selection/panel")
    assert told_by(reach, gone) == []


def test_nobody_is_moved_by_an_expert_who_sends_every_form(told: Told) -> None:
    """Every address that takes a form, with the keys of the round: refused without a word, and nothing is changed."""
    contest, rows = told
    sheet = own_sheet(rows[0])
    reach = reach_of(told, sheet)
    before = list(Application.objects.order_by("pk").values_list("status", "lock_version"))
    from tests.support.reach import addresses

    form = {"lock_version": "0", "reason": "x", "words": "x", "outcome": "select", "number": "X-1", "comment": "x"}
    own = ("declare", "recuse", "leak", "save")
    for path in addresses(values):
        if path.startswith(("/selection/", "/creation/", "/leaders/")) and not path.rstrip("/").endswith(own):
            # A page that has no form at all (200) is read again and does nothing.
            assert reach.post(path, form).status_code in (200, 302, 403, 404, 405, 422), path
    assert told_by(reach) == []
    assert list(Application.objects.order_by("pk").values_list("status", "lock_version")) == before
    assert contest.fresh().status == "reviewing"


def _given_back_with_names(told: Told, sheet: Assignment) -> None:
    """Scored, handed in, and given back with a reason that names the school: the bell tells the expert."""
    contest, _rows = told
    done = score(sheet)
    sheets.unlock_sheet(**contest.chair, assignment_id=done.pk, lock_version=done.lock_version, reason=NAMED)
    sheet.refresh_from_db()


# --- the counter-case: what is planted past the redaction is found -----------------------------------------------


def _plant_in_copy(case: Application) -> None:
    copy = BlindCopy.objects.get(application=case)
    copy.content[0]["segments"].append(["栖霞小学", ""])
    copy.save()


def _plant_in_table(case: Application) -> None:
    copy = BlindCopy.objects.get(application=case)
    table = next(part for part in copy.content if "rows" in part)
    table["rows"][0][0].append(["巫 溪 县", ""])
    copy.save()


def _plant_file(case: Application, name: str, content: bytes) -> None:
    from django.core.files.base import ContentFile

    row = BlindFile.objects.filter(attachment__version__application=case).order_by("pk")[0]
    row.clean_copy.save(name, ContentFile(content), save=False)
    row.state = FileCheck.CLEAN
    row.save()


def _plant_property(case: Application) -> None:
    _plant_file(case, "x.docx", docx("总结", author="栖霞小学"))


def _plant_photograph(case: Application) -> None:
    _plant_file(case, "x.jpg", photograph())


def _plant_key(case: Application) -> None:
    Round.objects.update(intro=f"见材料 {case.pk}。")


def _plant_in_api(case: Application) -> None:
    Round.objects.update(official_title="第三批（含栖霞小学）")


def _plant_in_letter(case: Application) -> None:
    mail.send_mail("材料提醒", "请评栖霞小学的材料。", None, ["expert@example.test"])


PLANTS = {
    "text": (_plant_in_copy, "selection/panel", "栖霞小学"),
    "table": (_plant_in_table, "selection/panel", "巫溪县"),
    "property": (_plant_property, "selection/panel", "栖霞小学"),
    "picture": (_plant_photograph, "selection/panel", "巫溪县"),
    "key": (_plant_key, "selection/rounds", ""),
    "api": (_plant_in_api, "api/v1/rounds", "栖霞小学"),
    "mail": (_plant_in_letter, "inbox", "栖霞小学"),
}


@pytest.mark.parametrize("kind", PLANTS)
def test_the_walk_finds_what_is_planted_past_the_redaction(told: Told, kind: str) -> None:
    _contest, rows = told
    plant, where, word = PLANTS[kind]
    sheet = own_sheet(rows[0])
    sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk)
    plant(rows[0])
    reach = reach_of(told, sheet)
    reach.walk(where)
    assert any(isinstance(leak, Leak) and leak.word == (word or str(rows[0].pk)) for leak in reach.leaks), reach.leaks


def _answer(body: str, cookie: str = "") -> HttpResponse:
    response = HttpResponse(body)
    if cookie:
        response.set_cookie(*cookie.split("=", 1))
    return response


TOKENS = (
    '<meta name="csrf-token" content="AbQxXx9wuxi">', '<input type="hidden" name="csrfmiddlewaretoken" value="qxXX7">',
    '<script nonce="Zwuxi+/qxxx=="></script>', "Content-Security-Policy: script-src 'nonce-qXxX'",
)  # fmt: skip


def test_letters_of_chance_are_no_words_but_the_same_letters_beside_them_are(told: Told) -> None:
    """A token of the form may hold 'qxxx'; in a text, an attribute, a script or another cookie it tells the school."""
    reach = reach_of(told, own_sheet(told[1][0]))
    for token in TOKENS:
        reach._look("/x/", _answer(token))
    reach._look("/x/", _answer("", "csrftoken=aqxxxb"))
    reach._look("/x/", _answer("", "sessionid=wuxi0qxxx"))
    assert told_by(reach) == []
    for number, text in enumerate((
        *(f"{token}QXXX" for token in TOKENS), '<input name="code" value="qxxx">', '<meta name="author" content="wuxi">',
        "<script>const nonce = 1, school = 'qxxx'</script>", "csrftoken wuxi", 'data-nonce="wu xi"',
    )):  # fmt: skip
        reach._look(f"/{number}/", _answer(text))
        assert reach.leaks, text
        reach.leaks.clear()
    reach._look("/y/", _answer("", "school=qxxx"))
    assert {leak.word for leak in reach.leaks} == {"qxxx"}


def test_a_file_is_searched_in_every_corner(told: Told) -> None:
    """What the check said of each file of the telling round, and why."""
    found = {row.attachment.name: row.state for row in BlindFile.objects.select_related("attachment")}
    assert found == {
        "栖霞小学总结.docx": "clean", "正文.docx": "leaking", "作者.docx": "clean", "图文.docx": "leaking",
        "图中信息.docx": "leaking", "图片干净.docx": "cleared", "内嵌.docx": "unreadable", "链接.docx": "leaking",
        "巫溪县台账.xlsx": "clean", "单位.xlsx": "leaking", "批注.xlsx": "leaking", "qixia.pdf": "clean",
        "作者.pdf": "leaking", "批注.pdf": "leaking", "云台合影.jpg": "cleared", "校门.png": "cleared",
    }  # fmt: skip


def test_a_cleared_picture_is_given_without_what_it_carried(told: Told) -> None:
    from PIL import Image

    row = BlindFile.objects.get(attachment__name="云台合影.jpg")
    with row.clean_copy.open("rb") as stream, Image.open(io.BytesIO(stream.read())) as picture:
        assert (picture.size, picture.format, len(picture.getexif())) == ((40, 30), "JPEG", 0)
    with row.attachment.file.open("rb") as stream, Image.open(io.BytesIO(stream.read())) as original:
        assert len(original.getexif()), "the original stays as it was handed in"


def test_the_keys_of_sheets_follow_the_blind_codes_and_not_the_cases(told: Told) -> None:
    codes = list(Assignment.objects.order_by("pk").values_list("application__blind_code", flat=True))
    assert codes == sorted(codes)
