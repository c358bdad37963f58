"""What brands, courses and cases have in common: from when to when, and who wrote last."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.workflow.errors import DomainError, StaleError
from portal.workflow.seen import saw_latest
from schools.registry.models import School
from schools.showcase.models import Shown


def refuse_stale(row: Shown, seen: str) -> None:
    """StaleError unless `seen` is `saved_at` as it stands: somebody else's words are not overwritten."""
    if not saw_latest(seen, row.saved_at):
        raise StaleError(_("刚被别人改过，您填的没有写入。请核对最新内容后再保存。"))


def refuse_closed(school: School) -> None:
    if school.valid_to is not None and school.valid_to <= timezone.localdate():
        raise DomainError("closed", _("学校已撤销，不能再登记。"), status=409)


def check_start(started_on: date, ended_on: date | None = None) -> None:
    """DomainError `date` unless it began by today and before its end."""
    if started_on > timezone.localdate():
        raise DomainError("date", _("启用日期不能晚于今天。"), field="started_on")
    if ended_on is not None and started_on >= ended_on:
        raise DomainError("date", _("启用日期须早于停用日期 %s。") % ended_on, field="started_on")


def end(row: Shown, *, on: date, reason: str) -> bool:
    """Set its end without saving; False when it has ended already (a second click). DomainError `reason`, `date`."""
    if row.ended_on is not None:
        return False
    if not reason.strip():
        raise DomainError("reason", _("请写明停用原因，留作档案。"), field="reason")
    if not row.started_on < on <= timezone.localdate():
        raise DomainError("date", _("停用日期须晚于启用日期 %s，不能晚于今天。") % row.started_on, field="on")
    row.ended_on, row.end_reason = on, reason.strip()[:200]
    return True


def take_up(row: Shown) -> bool:
    """In use again, as if it had never ended; False when it has not. Not saved."""
    if row.ended_on is None:
        return False
    row.ended_on, row.end_reason = None, ""
    return True
