"""Who opens what, what a page shows, and what comes back when something is wrong."""

import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from schools.registry.services.schools import close_school
from schools.showcase.models import Brand, Exhibit
from schools.showcase.services.brands import end_brand
from tests.support.files import docx
from tests.support.scoping import INSIDE_DISTRICT, INSIDE_SCHOOL, RELATIONS, ask_anonymous, ask_everybody
from tests.support.selection import upload
from tests.support.showcase import CONCEPT, Showcase, ago, today

FILLERS = frozenset({"own", "own secretary"})
AT_THE_DOOR = frozenset({"expired office", "no office"})
# Route → what it needs, who sees it (200), who sees the object but may not do that (403); everybody else gets 404.
ROUTES: dict[str, tuple[Callable[[Showcase], Brand | Exhibit], frozenset[str], frozenset[str]]] = {
    "brand": (lambda s: s.brand(), INSIDE_SCHOOL, frozenset()),
    "brand-change": (lambda s: s.brand(), FILLERS, INSIDE_DISTRICT),
    "brand-end": (lambda s: s.brand(), FILLERS, INSIDE_DISTRICT),
    "exhibit": (lambda s: s.exhibit(), INSIDE_SCHOOL, frozenset()),
    "exhibit-change": (lambda s: s.exhibit(), FILLERS, INSIDE_DISTRICT),
    "exhibit-end": (lambda s: s.exhibit(), FILLERS, INSIDE_DISTRICT),
    "exhibit-file": (lambda s: s.exhibit(upload=upload("教案.docx", docx("课"))), INSIDE_SCHOOL, frozenset()),
}


@pytest.mark.parametrize("name", ROUTES)
def test_who_opens_a_page_of_the_school(showcase: Showcase, name: str) -> None:
    make, seen, refused = ROUTES[name]
    url = reverse(f"showcase:{name}", args=[make(showcase).pk])
    for answer in ask_everybody(showcase.city, url):
        wanted = 200 if answer.relation in seen else 403 if answer.relation in refused | AT_THE_DOOR else 404
        assert answer.status == wanted, (name, answer)
    assert ask_anonymous(url).status_code == 302


@pytest.mark.parametrize("action", ["brand-resume", "exhibit-step"])
def test_steps_are_the_school_s_own_and_never_by_a_link(showcase: Showcase, action: str) -> None:
    row: Brand | Exhibit = showcase.brand() if action == "brand-resume" else showcase.exhibit()
    args: list[object] = [row.pk] if action == "brand-resume" else [row.pk, "resume"]
    url = reverse(f"showcase:{action}", args=args)
    for answer in ask_everybody(showcase.city, url, method="post"):
        wanted = 302 if answer.relation in FILLERS else 403 if answer.relation in INSIDE_DISTRICT | AT_THE_DOOR else 404
        assert answer.status == wanted, answer
    assert showcase.city.client("clerk").get(url).status_code == 405
    assert showcase.city.client("clerk").post(reverse("showcase:exhibit-step", args=[1, "x"])).status_code == 404


@pytest.mark.parametrize("kind", ["brand", "exhibit"])
def test_a_mistake_is_removed_by_the_school_alone(showcase: Showcase, kind: str) -> None:
    row: Brand | Exhibit = showcase.brand() if kind == "brand" else showcase.exhibit()
    url = reverse(f"showcase:{kind}-remove", args=[row.pk])
    for name, status in (("clerk_two", 404), ("reviewer", 403), ("city_admin", 403), ("expert", 404), ("nobody", 403)):
        assert showcase.city.client(name).post(url).status_code == status, name
    client = showcase.city.client("clerk")
    page = client.get(reverse(f"showcase:{kind}", args=[row.pk])).content.decode()
    assert "删除登记" in page
    assert client.get(url).status_code == 405
    assert "已删除登记" in client.post(url, follow=True).content.decode()
    assert client.post(url).status_code == 404


def test_a_closed_school_s_brand_says_so_and_is_not_in_use(showcase: Showcase) -> None:
    brand = showcase.brand()
    close_school(**showcase.by("city_admin"), school_id=showcase.city.one.pk, on=today())
    client = showcase.city.client("reviewer")
    assert "学校已撤销" in client.get(reverse("showcase:brand", args=[brand.pk])).content.decode()
    assert "圆善红烛" not in client.get(reverse("showcase:brands")).content.decode()
    assert "圆善红烛" in client.get(reverse("showcase:brands") + "?state=ended").content.decode()


@pytest.mark.parametrize("name", ["brand-add", "course-add", "case-add"])
def test_only_schools_register(showcase: Showcase, name: str) -> None:
    url = reverse(f"showcase:{name}")
    for answer in ask_everybody(showcase.city, url):
        fills = answer.relation in FILLERS | {"sibling", "child of another district"}
        assert answer.status == (200 if fills else 403), answer
    assert showcase.city.client("branch").get(url).status_code == (200 if name == "brand-add" else 403)
    # Another school's code opens nothing.
    assert showcase.city.client("clerk").get(f"{url}?school={showcase.city.two.code}").status_code == 404


@pytest.mark.parametrize("name", ["brands", "courses", "cases"])
@pytest.mark.parametrize("relation", RELATIONS)
def test_lists_and_their_files_hold_what_lies_in_the_scope(showcase: Showcase, name: str, relation: str) -> None:
    showcase.brand()
    showcase.exhibit()
    showcase.exhibit("case")
    client = showcase.city.client(RELATIONS[relation])
    for query in ("", "?export=csv", "?state=all"):
        answer = client.get(reverse(f"showcase:{name}") + query)
        if relation in AT_THE_DOOR:
            assert answer.status_code == 403
            continue
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert ("云台小学" in body.decode()) == (relation in INSIDE_SCHOOL), query


def test_sums_are_shown_and_exported_in_the_scope(showcase: Showcase) -> None:
    showcase.brand()
    url = reverse("showcase:sums")
    page = showcase.city.client("city_staff").get(url).content.decode()
    assert "50.0%" in page
    assert "江津区" in page
    district = showcase.city.client("reviewer").get(url).content.decode()
    assert "江津区" not in district
    rows = sheet(showcase.city.client("city_staff"), f"{url}?export=xlsx")
    assert [row[:8] for row in rows if row[0] == "巫溪县"] == [["巫溪县", 1, 1, 0, 0, 1, 2, 50]]
    assert "您的范围里还没有学校" in showcase.city.client("expert").get(url).content.decode()


def test_a_branch_secretary_sees_the_school_s_brands_and_writes_the_branch_s(showcase: Showcase) -> None:
    school, own = showcase.brand(), showcase.branch_brand()
    client = showcase.city.client("branch")
    assert client.get(reverse("showcase:brand", args=[school.pk])).status_code == 200
    assert client.get(reverse("showcase:brand-change", args=[school.pk])).status_code == 403
    page = client.get(reverse("showcase:brand-change", args=[own.pk])).content.decode()
    assert 'value="branch"' in page
    assert 'value="school"' not in page


def test_member_schools_of_a_group_see_its_brand_and_outsiders_do_not(showcase: Showcase) -> None:
    showcase.group(showcase.city.one, showcase.city.other)
    brand = showcase.brand("责任·担当", owner_kind="group")
    url = reverse("showcase:brand", args=[brand.pk])
    got = {
        name: showcase.city.client(name).get(url).status_code for name in ("other_clerk", "other_reviewer", "clerk_two")
    }
    assert got == {"other_clerk": 200, "other_reviewer": 200, "clerk_two": 404}
    assert showcase.city.client("other_clerk").get(reverse("showcase:brand-change", args=[brand.pk])).status_code == 403


def test_a_brand_lives_in_the_pages(showcase: Showcase) -> None:
    client = showcase.city.client("clerk")
    add = reverse("showcase:brand-add")
    given = {
        "name": "圆善红烛", "owner_kind": "school", "concept": CONCEPT, "elements": "红岩精神\n立己立人",
        "started_on": f"{ago(400)}",
    }  # fmt: skip
    wrong = client.post(add, {**given, "started_on": f"{ago(-3)}"})
    assert wrong.status_code == 422
    assert "启用日期不能晚于今天" in wrong.content.decode()
    assert CONCEPT in wrong.content.decode()
    brand_url = client.post(add, given).headers["Location"]
    brand = Brand.objects.get()
    assert brand_url == reverse("showcase:brand", args=[brand.pk])
    part = {**given, "name": "初心·匠心", "owner_kind": "branch", "organisation": "", "parent": f"{brand.pk}"}
    assert "支部品牌须选所属支部" in client.post(add, part).content.decode()
    assert client.post(add, {**part, "organisation": f"{showcase.branch.pk}"}).status_code == 302
    page = client.get(brand_url).content.decode()
    for text in ("红岩精神", "初心·匠心", "还没有参加过遴选", "登记课程"):
        assert text in page, text
    change = reverse("showcase:brand-change", args=[brand.pk])
    client.post(change, {**given, "name": "圆善红烛 立人先锋", "seen": brand.saved_at.isoformat()})
    stale = client.post(change, {**given, "name": "又改", "seen": brand.saved_at.isoformat()})
    assert "刚被别人改过" in stale.content.decode()
    assert "“圆善红烛”改为“圆善红烛 立人先锋”" in client.get(brand_url).content.decode()
    end = reverse("showcase:brand-end", args=[brand.pk])
    assert client.post(end, {"on": f"{today()}", "reason": ""}).status_code == 422
    assert client.post(end, {"on": f"{today()}", "reason": "并入“同行”"}).status_code == 302
    assert "并入“同行”" in client.get(brand_url).content.decode()
    client.post(reverse("showcase:brand-resume", args=[brand.pk]))
    assert "在用" in client.get(brand_url).content.decode()
    # What the form says is nonsense is no error of the server's.
    assert client.post(add, {**given, "owner_kind": "group", "parent": "x"}).status_code == 422


def test_a_case_lives_in_the_pages(showcase: Showcase) -> None:
    brand = showcase.brand()
    client = showcase.city.client("clerk")
    add = reverse("showcase:case-add")
    given = {"name": "知行345", "summary": "背景、做法、成效。", "brand": f"{brand.pk}", "started_on": f"{ago(40)}"}
    wrong = client.post(add, {**given, "publication": "优秀实践案例"})
    assert wrong.status_code == 422
    assert "优秀实践案例" in wrong.content.decode()
    assert client.post(add, {**given, "link": "javascript:alert(1)"}).status_code == 422
    file = upload("案例.docx", docx("知行345"))
    published = {"publication": "清廉重庆建设优秀实践案例", "reach": "city", "published_on": f"{ago(9)}"}
    url = client.post(add, {**given, **published, "upload": file}).headers["Location"]
    page = client.get(url).content.decode()
    for text in ("清廉重庆建设优秀实践案例", "案例.docx", "圆善红烛"):
        assert text in page, text
    row = Exhibit.objects.get()
    answer = client.get(reverse("showcase:exhibit-file", args=[row.pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    client.post(reverse("showcase:exhibit-step", args=[row.pk, "remove-file"]))
    assert client.get(reverse("showcase:exhibit-file", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    changed = {**given, "name": "知行345廉洁教育", "seen": row.saved_at.isoformat()}
    assert client.post(reverse("showcase:exhibit-change", args=[row.pk]), changed).status_code == 302
    assert (
        client.post(reverse("showcase:exhibit-end", args=[row.pk]), {"on": f"{today()}", "reason": "过时"}).status_code
        == 302
    )
    assert "过时" in client.get(url).content.decode()


def test_the_school_s_page_shows_its_brands(showcase: Showcase) -> None:
    url = reverse("registry:detail", args=[showcase.city.one.code])
    assert "还没有登记党建品牌" in showcase.city.client("reviewer").get(url).content.decode()
    showcase.brand()
    assert "圆善红烛" in showcase.city.client("reviewer").get(url).content.decode()


def sheet(client: Client, url: str) -> list[list[object]]:
    book = load_workbook(io.BytesIO(client.get(url).content))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_files_hold_what_the_filter_shows(showcase: Showcase) -> None:
    showcase.brand()
    old = showcase.brand("旧品牌")
    end_brand(**showcase.by("clerk"), brand_id=old.pk, on=ago(5), reason="并入")
    client = showcase.city.client("reviewer")
    url = reverse("showcase:brands")
    names = [row[0] for row in sheet(client, f"{url}?export=xlsx")]
    assert "圆善红烛" in names
    assert "旧品牌" not in names
    assert [row[10] for row in sheet(client, f"{url}?state=ended&export=xlsx") if row[0] == "旧品牌"] == [f"{ago(5)}"]


@pytest.mark.parametrize("name", ["brands", "courses", "sums"])
def test_a_list_asks_as_often_for_many_as_for_one(showcase: Showcase, name: str) -> None:
    client = showcase.city.client("city_staff")
    url = reverse(f"showcase:{name}")
    brand = showcase.brand()
    showcase.exhibit(brand=brand)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for number in range(4):
        part = showcase.branch_brand(f"支部品牌{number}", parent=brand)
        showcase.exhibit(name=f"课程{number}", brand=part)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(few) == len(many)


def test_an_empty_list_says_why_and_what_to_do(showcase: Showcase) -> None:
    page = showcase.city.client("clerk").get(reverse("showcase:brands")).content.decode()
    assert "还没有登记党建品牌" in page
    assert "登记一个" in page
    page = showcase.city.client("reviewer").get(reverse("showcase:brands") + "?q=zzz").content.decode()
    assert "没有符合条件的品牌" in page
    assert "登记一个" not in page


@pytest.mark.parametrize("name", ["brands", "courses", "cases"])
def test_nonsense_in_the_address_is_no_error(showcase: Showcase, name: str) -> None:
    client = showcase.city.client("city_staff")
    for query in ("?state=x&owner=y&page=zzz", "?q=%00&school=%27", "?district=nowhere", "?export=exe", "?reach=x"):
        assert client.get(reverse(f"showcase:{name}") + query).status_code == 200
