"""批量任命: a list as a workbook, previewed with the cell of every error, carried out whole or not at all."""

import io
from collections.abc import Iterable

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from districts.models import Office, Role
from districts.office_sheet import Book, Line, read_day
from districts.selectors.office_import import list_vacancies, plan_appointments
from portal.accounts.models import User
from tests.support.city import SmallCity
from tests.support.scoping import ask_everybody

HEAD = ("单位代码", "单位", "职务", "账号", "姓名", "任职起")
PAGE = "/units/offices/import/"
TWO, OTHER = "5002380002", "5001160001"


def book(*rows: Iterable[object], head: Iterable[str] = HEAD) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = "名单"
    for row in (head, *rows):
        workbook.active.append(list(row))
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def upload(client: Client, data: bytes) -> HttpResponse:
    return client.post(PAGE, {"file": SimpleUploadedFile("任职名单.xlsx", data)})


def clerk(
    username: str = "zhang", unit: str = TWO, role: str = "学校填报员", name: str = "教师 0901", since: object = ""
) -> tuple:
    return (unit, "", role, username, name, since)


def test_a_list_is_previewed_confirmed_and_its_passwords_shown_once(city: SmallCity) -> None:
    client = city.client("district_admin")
    data = book(
        clerk(since="2026-09-01"),
        clerk("li", role="学校党组织书记", name="教师 0902"),
        (TWO, "城厢中学", "学校党组织书记", "", "", ""),
    )
    preview = client.get(upload(client, data).headers["Location"]).content.decode()
    assert "将任命 2 项，新建账号 2 个" in preview
    assert "教师 0901" in preview
    assert not User.objects.filter(username__in=["zhang", "li"]).exists(), "nothing is written before"
    done = client.post(f"{PAGE}confirm/")
    shown = client.get(done.headers["Location"])
    assert shown.headers["Cache-Control"] == "no-store"
    user = User.objects.get(username="zhang")
    office = Office.objects.get(user=user)
    assert (office.role, office.unit_id, str(office.valid_from)) == (Role.SCHOOL_CLERK, city.two.pk, "2026-09-01")
    assert user.must_change_password
    passwords = shown_passwords(shown.content.decode())
    assert len(passwords) == 2
    assert any(user.check_password(password) for password in passwords)
    assert client.get(f"{PAGE}passwords/").status_code == 302, "a second look finds nothing"
    again = client.post(f"{PAGE}confirm/", follow=True).content.decode()
    assert "没有等待确认的名单" in again
    assert Office.objects.filter(user=user).count() == 1


def shown_passwords(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('<span class="w-secret is-small">')[1:]]


FAULTS = [
    (clerk(unit=OTHER), "A2", "不在您管理的单位里"),
    (clerk(unit="99"), "A2", "不在您管理的单位里"),
    (clerk(role="区县审核员"), "C2", "只能任命"),
    (clerk(role="校长"), "C2", "只能任命"),
    (clerk("张三"), "D2", "英文字母"),
    (clerk("a" * 61), "D2", "最长 60"),
    (clerk("other_clerk"), "D2", "已被使用"),
    (clerk("clerk_two"), "D2", "已任此职"),
    (clerk(name=""), "E2", "要填姓名"),
    (clerk(name="长" * 65), "E2", "最长 64"),
    (clerk(since="明天"), "F2", "不是日期"),
    (clerk(since="2026-13-01"), "F2", "不是日期"),
]


@pytest.mark.parametrize(("row", "cell", "reason"), FAULTS)
def test_every_error_is_named_with_its_cell_and_nothing_is_written(
    city: SmallCity, row: tuple, cell: str, reason: str
) -> None:
    client = city.client("district_admin")
    before = (User.objects.count(), Office.objects.count())
    answer = upload(client, book(row, clerk("fine", role="学校党组织书记", name="教师 0903")))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "名单</td>" in page
    assert f">{cell}</td>" in page
    assert reason in page
    assert (User.objects.count(), Office.objects.count()) == before
    assert client.get(f"{PAGE}preview/").status_code == 302, "a faulty list goes no further"


def test_lines_that_contradict_each_other_are_named(city: SmallCity) -> None:
    answer = upload(city.client("district_admin"), book(clerk(), clerk(), clerk(role="学校党组织书记", name="别名")))
    page = answer.content.decode()
    assert "与第 2 行重复" in page
    assert "同一账号在第 2 行是“教师 0901”" in page


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "文件是空的"),
        (b"MZ\x90\x00 renamed", "不是 Excel 文件"),
        (book(("a", "b"), head=("随便", "什么")), "没有找到表头"),
        (book(head=HEAD), "没有填写账号的行"),
        (book((*clerk(), "x"), head=(*HEAD, "账号")), "两列“账号”"),
        (book(*(clerk(f"u{n}") for n in range(501))), "最多导入 500 行"),
    ],
    # The bytes of a workbook hold the time of its making and name nothing.
    ids=["empty", "executable", "no head", "no accounts", "a column twice", "too many rows"],
)
def test_a_file_of_another_kind_is_refused_in_a_sentence(city: SmallCity, data: bytes, reason: str) -> None:
    answer = upload(city.client("district_admin"), data)
    assert answer.status_code == 422
    assert reason in answer.content.decode()


def test_what_changed_before_the_confirmation_stops_all_of_it(city: SmallCity) -> None:
    client = city.client("district_admin")
    assert upload(client, book(clerk(), clerk("li", name="教师 0902"))).status_code == 302
    User.objects.create(username="zhang", display_name="教师 0999")
    answer = client.post(f"{PAGE}confirm/")
    assert answer.status_code == 409
    assert "已被使用" in answer.content.decode()
    assert not User.objects.filter(username="li").exists()


def test_somebody_with_an_account_keeps_it(city: SmallCity) -> None:
    client = city.client("district_admin")
    upload(client, book(clerk("clerk", name="")))
    assert "已有账号" in client.get(f"{PAGE}preview/").content.decode()
    done = client.post(f"{PAGE}confirm/")
    assert done.headers["Location"] == "/units/offices/", "no account was made, there is no password to show"
    assert Office.objects.filter(user=city.users["clerk"]).count() == 2
    assert city.users["clerk"].check_password("pw-for-tests")


def test_the_city_appoints_the_administrators_of_the_districts(city: SmallCity) -> None:
    client = city.client("city_admin")
    template = openpyxl.load_workbook(io.BytesIO(client.get(f"{PAGE}template/").content)).active
    rows = [row[:3] for row in template.iter_rows(values_only=True)]
    assert ("500116", "江津区", "区县管理员") in rows
    assert not any(row[0] == "500238" for row in rows), "who is there already needs no line"
    assert upload(client, book(clerk("chen", "500116", "区县管理员"))).status_code == 302
    client.post(f"{PAGE}confirm/")
    assert Office.objects.get(user__username="chen").unit_id == city.jiangjin.pk


def test_the_template_of_a_district_lists_what_nobody_holds_and_is_read_back(city: SmallCity) -> None:
    found = {(unit.code, role) for unit, role in list_vacancies(scope=city.scope("district_admin"))}
    assert found == {(TWO, Role.SCHOOL_SECRETARY)}
    client = city.client("district_admin")
    filled = openpyxl.load_workbook(io.BytesIO(client.get(f"{PAGE}template/").content))
    filled.active.cell(3, 4).value, filled.active.cell(3, 5).value = "wang", "教师 0904"
    buffer = io.BytesIO()
    filled.save(buffer)
    assert upload(client, buffer.getvalue()).status_code == 302
    assert "城厢中学" in client.get(f"{PAGE}preview/").content.decode()


def test_a_long_list_costs_as_many_queries_as_a_short_one(city: SmallCity) -> None:
    def cost(lines: int) -> int:
        rows = [Line(n + 2, dict(zip(HEAD, clerk(f"u{n}"), strict=True))) for n in range(lines)]
        columns = dict(zip(HEAD, "ABCDEF", strict=True))
        with CaptureQueriesContext(connection) as seen:
            plan = plan_appointments(scope=city.scope("district_admin"), book=Book("名单", columns, rows))
        assert len(plan.appointments) == lines
        return len(seen)

    assert cost(1) == cost(100)


@pytest.mark.parametrize("path", ["", "template/", "preview/", "passwords/"])
def test_who_imports_offices(city: SmallCity, path: str) -> None:
    for answer in ask_everybody(city, PAGE + path):
        keeper = answer.relation == "parent administrator"
        assert (answer.status in (200, 302)) == keeper, answer
        if not keeper:
            assert answer.status == 403, answer


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-9-1", "2026-09-01"), ("2026/09/01", "2026-09-01"), ("2026年9月1日", "2026-09-01"), ("20260901", "None")],
)
def test_days_as_people_write_them(text: str, day: str) -> None:
    assert str(read_day(text)) == day
