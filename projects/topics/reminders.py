"""What is due, on the start page: a school's own papers one by one, a keeper's and a district's as sums with a link."""

from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.duties import Duty
from districts.models import Role
from projects.selection.rules.access import SUBMITTERS

from .models import PaperStatus
from .selectors.topics import LATE, SOON, WAITING, count_late, count_waiting, duty_of, list_topics, own

OVERSEERS = frozenset({Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER, Role.CITY_ADMIN, Role.CITY_STAFF})


def remind(scope: Scope) -> list[Duty]:
    found = _own(scope) if scope.roles & SUBMITTERS else []
    return found + _sums(scope) if scope.roles & OVERSEERS else found


def _own(scope: Scope) -> list[Duty]:
    """Papers of the own topics that are late, due within sixty days, or were sent back."""
    found = []
    for topic in list_topics(scope=scope, filters={"state": "running"}).filter(own(scope)):
        duty = duty_of(topic)
        returned = duty.paper_status == PaperStatus.RETURNED
        if duty.state not in (LATE, SOON) and not returned:
            continue
        word = _("修改课题%s（被退回）") if returned else _("报送课题%s")
        button = _("修改材料") if returned else _("写材料")
        url = reverse("topics:topic", args=[topic.pk])
        found.append(Duty(word % duty.word, topic.title, url, button, duty.due, came_back=returned))
    return found


def _sums(scope: Scope) -> list[Duty]:
    """Papers that wait for this level, and topics of the scope that are late."""
    url, found = reverse("topics:topics"), []
    if waiting := count_waiting(scope=scope):
        level = "city" if scope.sees_city else "district"
        address = f"{url}?state={WAITING}&level={level}"
        found.append(Duty(_("办理课题材料"), _("%d 个课题待办理") % waiting, address, _("去办理")))
    if late := count_late(scope=scope):
        found.append(Duty(_("催报课题材料"), _("%d 个课题逾期未报") % late, f"{url}?state={LATE}", _("看名单")))
    return found
