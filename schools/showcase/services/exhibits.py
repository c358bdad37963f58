"""Courses and cases: registered, changed, ended, with one file at most."""

from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.pinyin import keys_of
from portal.accounts.models import User
from portal.uploads import accept
from portal.workflow.errors import DomainError
from schools.registry.models import School
from schools.showcase.models import Brand, Exhibit, Reach
from schools.showcase.rules import can_fill
from schools.showcase.uses import is_used

from . import lives


@transaction.atomic
def register_exhibit(*, actor: User, scope: Scope, school: School, kind: str, **details: Any) -> Exhibit:
    """A course or a case of the school; `details` as `_fill` takes them.

    DomainError `forbidden`, `closed`, `brand`, `publication`, `date`, `taken`, and as `uploads.accept`.
    """
    exhibit = Exhibit(school=school, kind=kind, made_by=actor)
    _ensure(scope, school)
    lives.refuse_closed(school)
    _fill(exhibit, **details)
    _save(exhibit)
    return exhibit


@transaction.atomic
def change_exhibit(*, actor: User, scope: Scope, exhibit_id: int, seen: str, **details: Any) -> Exhibit:
    """Correct it; a new file takes the place of the old one. DomainError as `register_exhibit`; StaleError."""
    exhibit = _locked(scope, exhibit_id)
    lives.refuse_stale(exhibit, seen)
    _fill(exhibit, **details)
    _save(exhibit)
    return exhibit


@transaction.atomic
def end_exhibit(*, actor: User, scope: Scope, exhibit_id: int, on: date, reason: str) -> Exhibit:
    """It is no longer shown among those in use; titles that it holds stay. A second click changes nothing."""
    exhibit = _locked(scope, exhibit_id)
    if lives.end(exhibit, on=on, reason=reason):
        exhibit.save()
    return exhibit


@transaction.atomic
def resume_exhibit(*, actor: User, scope: Scope, exhibit_id: int) -> Exhibit:
    """It was ended by mistake. DomainError `forbidden`, `taken`."""
    exhibit = _locked(scope, exhibit_id)
    if lives.take_up(exhibit):
        _save(exhibit)
    return exhibit


@transaction.atomic
def remove_file(*, actor: User, scope: Scope, exhibit_id: int) -> Exhibit:
    """Without its file; a second click finds none and changes nothing."""
    exhibit = _locked(scope, exhibit_id)
    if exhibit.file:
        _drop(exhibit)
        exhibit.file, exhibit.file_name, exhibit.file_size, exhibit.media_type = "", "", 0, ""
        exhibit.save()
    return exhibit


@transaction.atomic
def remove_exhibit(*, actor: User, scope: Scope, exhibit_id: int) -> None:
    """Take back what was registered by mistake, with its file. DomainError `forbidden`, `used`."""
    if not Exhibit.objects.filter(pk=exhibit_id).exists():
        return
    exhibit = _locked(scope, exhibit_id)
    if is_used(exhibit):
        raise DomainError("used", _("已有申报或称号用到它，不能删除，请停用。"), status=409)
    if exhibit.file:
        _drop(exhibit)
    exhibit.delete()


def _fill(
    exhibit: Exhibit, *, name: str, summary: str, started_on: date, brand: Brand | None = None, link: str = "",
    publication: str = "", reach: str = Reach.SCHOOL, published_on: date | None = None,
    upload: UploadedFile | None = None,
) -> None:  # fmt: skip
    lives.check_start(started_on, exhibit.ended_on)
    if brand is not None and brand.school_id != exhibit.school_id:
        raise DomainError("brand", _("请从本校的品牌里选择。"), field="brand")
    publication = " ".join(publication.split())
    if bool(publication) != (published_on is not None):
        missing = "published_on" if publication else "publication"
        raise DomainError("publication", _("公开过的，写明刊发在哪里和日期；没有公开的，两项都不填。"), field=missing)
    if published_on is not None and published_on > timezone.localdate():
        raise DomainError("date", _("公开日期不能晚于今天。"), field="published_on")
    exhibit.name, exhibit.summary, exhibit.started_on = " ".join(name.split()), summary.strip(), started_on
    exhibit.brand, exhibit.link, exhibit.publication = brand, link.strip(), publication
    exhibit.published_on = published_on
    exhibit.reach = reach if publication else Reach.SCHOOL
    exhibit.pinyin, exhibit.initials = keys_of(exhibit.name)
    if upload is not None:
        _keep(exhibit, upload)


def _keep(exhibit: Exhibit, upload: UploadedFile) -> None:
    accepted = accept(upload)
    if exhibit.file:
        _drop(exhibit)
    exhibit.file.save(accepted.name, ContentFile(accepted.content), save=False)
    exhibit.file_name, exhibit.file_size, exhibit.media_type = accepted.name, accepted.size, accepted.media_type


def _drop(exhibit: Exhibit) -> None:
    """The stored file goes when the change is certain."""
    storage, stored = exhibit.file.storage, exhibit.file.name
    transaction.on_commit(lambda: storage.delete(stored))


def _save(exhibit: Exhibit) -> None:
    try:
        with transaction.atomic():
            exhibit.save()
    except IntegrityError as error:
        if "name_once" not in str(error):
            raise
        raise DomainError("taken", _("本校已有同名的，请核对后换一个名称。"), field="name") from error


def _ensure(scope: Scope, school: School) -> None:
    if not can_fill(scope, school):
        raise DomainError("forbidden", _("课程和案例由学校书记或填报员登记。"), status=403)


def _locked(scope: Scope, exhibit_id: int) -> Exhibit:
    exhibit = Exhibit.objects.select_for_update(of=("self",)).select_related("school").get(pk=exhibit_id)
    _ensure(scope, exhibit.school)
    return exhibit
