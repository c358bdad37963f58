"""Courses and cases: what they say of themselves, their file, and where they came out."""

from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from portal.workflow.errors import DomainError
from schools.showcase.models import Exhibit
from schools.showcase.selectors.exhibits import list_exhibits, list_usable_exhibits
from schools.showcase.services.exhibits import (
    change_exhibit,
    end_exhibit,
    register_exhibit,
    remove_file,
    resume_exhibit,
)
from tests.support.city import city_scope
from tests.support.files import docx
from tests.support.selection import upload
from tests.support.showcase import Showcase, ago, today


def refused(call: Callable[..., object], *args: object, **given: object) -> DomainError:
    with pytest.raises(DomainError) as error, transaction.atomic():
        call(*args, **given)
    return error.value


def rewrite(showcase: Showcase, row: Exhibit, *, by: str = "clerk", **given: object) -> Exhibit:
    columns = ("name", "summary", "brand", "started_on", "link", "publication", "reach", "published_on")
    values = {name: getattr(row, name) for name in columns} | {"seen": row.saved_at.isoformat()} | given
    return change_exhibit(**showcase.by(by), exhibit_id=row.pk, **values)


def test_only_the_school_registers(showcase: Showcase) -> None:
    given = {"school": showcase.city.one, "kind": "case", "name": "甲", "summary": "乙", "started_on": ago(3)}
    for name in ("clerk_two", "reviewer", "city_admin", "branch", "expert", "nobody"):
        assert refused(register_exhibit, **showcase.by(name), **given).status == 403, name
    row = register_exhibit(**showcase.by("secretary"), **given)
    assert refused(rewrite, showcase, row, by="branch").status == 403
    assert refused(end_exhibit, **showcase.by("reviewer"), exhibit_id=row.pk, on=today(), reason="停").status == 403


def test_published_is_said_with_place_and_day_or_not_at_all(showcase: Showcase) -> None:
    assert refused(showcase.exhibit, publication="某案例选编").extra["field"] == "published_on"
    assert refused(showcase.exhibit, published_on=ago(3)).extra["field"] == "publication"
    assert refused(showcase.exhibit, publication="甲", published_on=ago(-2)).code == "date"
    row = showcase.exhibit("case", "知行345", publication="清廉重庆建设优秀实践案例", published_on=ago(3), reach="city")
    plain = showcase.exhibit("case", "未公开", reach="national")
    assert (row.reach, plain.reach) == ("city", "school")
    for change in ({"publication": ""}, {"published_on": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Exhibit.objects.filter(pk=row.pk).update(**change)
    found = {f: list_exhibits(scope=city_scope(), kind="case", filters={"published": f}).get() for f in ("yes", "no")}
    assert found == {"yes": row, "no": plain}


def test_a_course_is_no_case_and_a_name_is_used_once(showcase: Showcase) -> None:
    course, case = showcase.exhibit(), showcase.exhibit("case")
    assert list_exhibits(scope=city_scope(), kind="course", filters={}).get() == course
    assert list_exhibits(scope=city_scope(), kind="case", filters={"q": "hydkt"}).get() == case
    assert refused(showcase.exhibit).code == "taken"
    end_exhibit(**showcase.by("clerk"), exhibit_id=course.pk, on=today(), reason="改版")
    assert not list_usable_exhibits(school_id=showcase.city.one.pk, kind="course").exists()
    assert showcase.exhibit().pk != course.pk
    assert refused(resume_exhibit, **showcase.by("clerk"), exhibit_id=course.pk).code == "taken"


def test_its_brand_is_one_of_the_school(showcase: Showcase) -> None:
    own, foreign = showcase.brand(), showcase.brand(by="clerk_two", school=showcase.city.two)
    assert refused(showcase.exhibit, brand=foreign).code == "brand"
    row = showcase.exhibit(brand=own)
    with pytest.raises(IntegrityError), transaction.atomic():
        Exhibit.objects.filter(pk=row.pk).update(brand=foreign)


def test_a_file_is_checked_replaced_and_removed(
    showcase: Showcase, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    assert refused(showcase.exhibit, upload=upload("a.exe", b"MZ")).code == "file_kind"
    assert refused(showcase.exhibit, upload=upload("a.docx", b"not a document")).code == "file_kind"
    row = showcase.exhibit(upload=upload("教案.docx", docx("红岩大课堂")))
    first = row.file.name
    assert (row.file_name, default_storage.exists(first)) == ("教案.docx", True)
    assert "教案" not in first
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        row = rewrite(showcase, row, upload=upload("新教案.docx", docx("第二版")))
    assert (row.file_name, default_storage.exists(first)) == ("新教案.docx", False)
    kept = rewrite(showcase, row, summary="只改简介")
    assert kept.file.name == row.file.name
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        for _click in range(2):
            remove_file(**showcase.by("clerk"), exhibit_id=row.pk)
    row.refresh_from_db()
    assert (row.file.name, row.file_name, default_storage.exists(kept.file.name)) == ("", "", False)


def test_somebody_else_s_words_are_not_overwritten(showcase: Showcase) -> None:
    row = showcase.exhibit()
    opened = row.saved_at.isoformat()
    rewrite(showcase, row, by="secretary", summary="先保存")
    assert refused(rewrite, showcase, row, seen=opened, summary="后保存").status == 409
