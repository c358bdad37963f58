"""A round in which everything that an applicant writes or uploads tells who it is: for the leak walk.

栖霞小学 (was 云台小学, took in 石门村小) of 巫溪县, once of 城口县; keys of its rows begin at numbers that stand nowhere else.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
from django.db import connection
from docx import Document
from fpdf import FPDF
from PIL import Image, PngImagePlugin

from districts.services.units import add_zone
from portal.accounts.models import User
from projects.selection import known_figures
from projects.selection.models import Application, Attachment, BlindFile, FileCheck, StageKind
from projects.selection.services import applications as cases
from projects.selection.services import panel, rounds
from projects.selection.services.attachments import add_attachment
from projects.selection.services.blinding import add_clean_copy, clear_file
from schools.registry.services.moves import move_schools
from schools.registry.services.schools import add_group, change_school, merge_schools, save_campus
from tests.support.city import SmallCity, build_small_city, city_scope, district, make_branch, make_school
from tests.support.creation import build_builds
from tests.support.files import docx, pdf, xlsx
from tests.support.selection import (
    PLAN,
    Contest,
    accept,
    add_experts,
    begin,
    hand_in,
    make_round,
    move_to,
    recommend,
    secretary_of,
    title_of,
    upload,
)

# Tables whose keys belong to a school or lead to one → the first key.
KEYS = {
    "districts_unit": 7_100_000, "selection_application": 7_200_000, "selection_version": 7_300_000,
    "selection_attachment": 7_400_000, "districts_office": 7_500_000,
}  # fmt: skip
NAMES = (
    "栖霞小学", "栖霞", "栖小", "云台小学", "云台", "石门村小", "石门村", "文峰镇", "文峰教育集团", "文峰", "红池片区",
    "大坪校区", "书院路18号", "巫溪县", "巫溪", "城口县", "城口", "江津区", "江津", "城厢中学", "城厢", "聚奎中学", "聚奎",
)  # fmt: skip
LATIN = ("qixia", "yuntai", "shimencun", "wuxi", "chengkou", "jiangjin", "chengxiang", "jukui", "qxxx")
REACHED = (
    "023-51234567", "02351234567", "51234567", "13896012345", "hongchi@163.com", "www.dapingxx.cn", "晨光在线", "李四",
    "500238199001011234",
)  # fmt: skip
FILE_NAMES = ("栖霞小学总结.docx", "巫溪县台账.xlsx", "qixia.pdf", "云台合影.jpg", "校门.png")
TELLING = (
    "我校（原云台小学，石门村小并入）位于巫溪县文峰镇书院路18号，有大坪校区，曾属城口县，是文峰教育集团、红池片区成员。"
    "栖霞小学党支部书记{secretary}、{clerk}与李四同志负责，栖小师生参与，电话：023-51234567，手机 138 9601 2345，"
    "邮箱 hongchi@163.com，网址 www.dapingxx.cn，公众号“晨光在线”，身份证 500238199001011234。"
    "QiXia XiaoXue，yun tai xiao xue，QXXX，代码５００２３８０００１，栖 霞 小 学，栖\u200b霞。"
)
QUESTIONS: Sequence[dict[str, Any]] = (
    {"code": "plan", "section": "一、工作基础", "title": "工作基础", "max_length": 2000},
    {"code": "brand", "section": "二、品牌", "title": "品牌名称", "kind": "line", "max_length": 60},
    {"code": "goals", "section": "二、品牌", "title": "目标", "kind": "table", "columns": ["目标", "现状"]},
    {"code": "people", "section": "三、须隐去", "title": "姓名", "kind": "names"},
    {"code": "proof", "section": "四、附件", "title": "佐证", "kind": "file", "max_items": 30, "required": False},
    {"code": "ratio", "section": "五、数据", "title": "覆盖率", "kind": "figure", "indicator": "L03"},
)


def number_keys() -> None:
    """Before anything is built: keys that cannot be taken for a count, a year or a size."""
    with connection.cursor() as cursor:
        for table, first in KEYS.items():
            cursor.execute(f"ALTER TABLE {table} ALTER COLUMN id RESTART WITH {first}")


def build_telling_round() -> tuple[Contest, list[Application]]:
    """Three cases under review, four experts; the telling one first. Its files were looked at by a keeper."""
    number_keys()
    city = build_small_city()
    rename(city)
    contest = make_round(city, publish=False)
    by = {**contest.chair, "round_id": contest.round.pk}
    rounds.set_questions(**by, rows=QUESTIONS)
    rounds.publish_round(**by, lock_version=contest.version())
    contest.fresh()
    move_to(contest.round, StageKind.APPLICATION)
    build_builds(city)
    title_of(contest, city.one, by="district_admin", level="district")
    rows = [hand_in_telling(contest)]
    rows += [
        hand_in(contest, school, plan=f"{school.name}：{PLAN}", goals=[[school.name, "1"]], people=["李四"])
        for school in (city.two, city.other)
    ]
    rows = [accept(contest, row) for row in rows]
    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, city.wuxi, rows[:2])
    recommend(contest, city.jiangjin, rows[2:])
    add_experts(contest, 4)
    move_to(contest.round, StageKind.REVIEW)
    panel.draw_panel(**contest.chair, round_id=contest.round.pk, lock_version=contest.version(), seed="20261129")
    contest.fresh()
    look_at_files(contest)
    return contest, [Application.objects.select_related("school").get(pk=row.pk) for row in rows]


def rename(city: SmallCity) -> None:
    """Give the school everything by which it could be recognised."""
    by: dict[str, Any] = {"actor": User(), "scope": city_scope()}
    elsewhere = district("500229")
    move_schools(**by, school_ids=[city.one.pk], district=elsewhere, on=date(2010, 1, 1), reason="区划调整")
    zone = add_zone(**by, district=city.wuxi, name="红池片区")
    move_schools(**by, school_ids=[city.one.pk], district=city.wuxi, on=date(2012, 1, 1), zone=zone, reason="区划调整")
    taken_in = make_school("5002380077", "石门村小", city.wuxi)
    merge_schools(**by, school_ids=[taken_in.pk], into_id=city.one.pk, on=date(2015, 9, 1), reason="并入")
    group = add_group(**by, name="文峰教育集团")
    change_school(
        **by, school_id=city.one.pk, name="栖霞小学", short_name="栖小", town="文峰镇", group=group
    )  # fmt: skip
    save_campus(**by, school_id=city.one.pk, name="大坪校区", address="书院路18号")
    city.one.refresh_from_db()
    make_branch(city.one)


def words(contest: Contest, rows: Sequence[Application]) -> list[str]:
    """Everything that must not be found, keys included."""
    people = [city_user.display_name for city_user in _people(contest, rows)]
    keys = [row.pk for row in rows] + [row.school_id for row in rows]
    keys += list(Attachment.objects.values_list("pk", flat=True))
    codes = [row.school.code for row in rows] + ["5002380077", "500238", "500229", "500116"]
    return [*NAMES, *LATIN, *REACHED, *FILE_NAMES, *people, *codes, *map(str, keys)]


def _people(contest: Contest, rows: Sequence[Application]) -> list[User]:
    units = {row.school_id for row in rows} | {row.district_id for row in rows}
    return list(User.objects.filter(offices__unit__in=units).distinct())


def hand_in_telling(contest: Contest) -> Application:
    school = contest.city.one
    user, scope = secretary_of(school)
    known_figures.providers.insert(0, _telling_figure)
    try:
        case = begin(contest, school)
    finally:
        known_figures.providers.remove(_telling_figure)
    own: dict[str, Any] = {"actor": user, "scope": scope, "application_id": case.pk}
    for name, content in files().items():
        add_attachment(**own, question="proof", upload=upload(name, content))
    text = PLAN + TELLING.format(secretary=user.display_name, clerk=contest.city.users["clerk"].display_name)
    answers = {
        "plan": text, "brand": "栖霞同心（巫溪）", "goals": [["栖霞小学达标率", "75%"], ["云台、石门村两个校区", "李四"]],
        "people": ["李四"],
    }  # fmt: skip
    cases.save_answers(**own, seen_version=1, answers=answers)
    return cases.submit_application(**own, lock_version=case.lock_version).obj


def _telling_figure(school_id: int, codes: Sequence[str], on: date) -> dict[str, known_figures.KnownFigure]:
    return {"L03": known_figures.KnownFigure("86%（巫溪县平均 80%）", "栖霞小学 2025年", on)}


def files() -> dict[str, bytes]:
    """Names, text, properties, comments, links, pictures, things inside things."""
    return {
        "栖霞小学总结.docx": docx("党支部建在年级组，公开课有记录。"),
        "正文.docx": docx("我校栖霞小学的总结"),
        "作者.docx": docx("研修记录", author="栖霞小学办公室", title="巫溪县材料"),
        "图文.docx": document_with_picture(author="栖霞小学"),
        "图中信息.docx": document_with_picture(artist="栖霞小学"),
        "图片干净.docx": document_with_picture(),
        "内嵌.docx": document_with_workbook(),
        "链接.docx": document_with_link("http://qixiaxx.cqedu.test/a"),
        "巫溪县台账.xlsx": xlsx("86"),
        "单位.xlsx": xlsx("87", company="巫溪县栖霞小学"),
        "批注.xlsx": workbook_with_comment(),
        "qixia.pdf": pdf("Twelve meetings were held."),
        "作者.pdf": pdf("Thirteen meetings.", author="qixiaxiaoxue"),
        "批注.pdf": pdf_with_note(),
        "云台合影.jpg": photograph(),
        "校门.png": drawing(),
    }


def look_at_files(contest: Contest) -> None:
    """The keeper clears what no program can read, and puts a clean copy in the place of one that leaks."""
    for row in BlindFile.objects.select_related("attachment"):
        if row.state == FileCheck.UNREADABLE and row.attachment.name != "内嵌.docx":
            clear_file(**contest.chair, attachment_id=row.pk)
        if row.attachment.name == "作者.docx":
            clean = upload("栖霞小学清理后.docx", docx("研修记录"))
            add_clean_copy(**contest.chair, attachment_id=row.pk, upload=clean)


def photograph(artist: str = "栖霞小学 李四") -> bytes:
    """A JPEG that tells who took it, and where."""
    picture = Image.new("RGB", (40, 30), (200, 30, 30))
    exif = picture.getexif()
    exif[0x013B], exif[0x010E] = artist.encode(), "巫溪县文峰镇".encode()
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 24.0, 0.0), 3: "E", 4: (109.0, 36.0, 0.0)})
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", exif=exif)
    return buffer.getvalue()


def drawing() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("Author", "栖霞小学")
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), (30, 30, 200)).save(buffer, format="PNG", pnginfo=notes)
    return buffer.getvalue()


def document_with_picture(*, author: str = "", artist: str = "") -> bytes:
    document = Document()
    document.add_paragraph(f"活动照片如下。{author and ' '}{artist and '　'}")
    plain = io.BytesIO()
    Image.new("RGB", (40, 30), (20, 120, 20)).save(plain, format="JPEG")
    document.add_picture(io.BytesIO(photograph(artist) if artist else plain.getvalue()))
    document.core_properties.author = author
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def document_with_workbook() -> bytes:
    """A docx with a workbook inside it, which holds the name."""
    import zipfile

    buffer = io.BytesIO(docx("附表见内嵌对象。"))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("word/embeddings/Microsoft_Excel_Sheet.xlsx", xlsx("栖霞小学"))
    return buffer.getvalue()


def document_with_link(address: str) -> bytes:
    document = Document()
    document.add_paragraph("详见网页。")
    document.part.relate_to(
        address, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink", is_external=True
    )
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def workbook_with_comment() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 88)
        sheet.write_comment(0, 0, "请核", {"author": "qixia"})
    return buffer.getvalue()


def pdf_with_note() -> bytes:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica")
    page.write(text="Fourteen meetings.")
    page.text_annotation(x=20, y=20, text="栖霞小学", title="李四")
    return bytes(page.output())
