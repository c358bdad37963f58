"""What is due, on the start page: a school's own papers one by one, a keeper's and a district's as sums with a link."""

from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.duties import Duty
from districts.models import Level, Role
from projects.selection.models import DesignationLevel
from projects.selection.rules.access import FILLERS

from .models import PaperStatus
from .selectors.builds import LATE, SOON, WAITING, count_builds, count_tasks, duty_of, list_builds

OVERSEERS = frozenset({Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER, Role.CITY_ADMIN, Role.CITY_STAFF})


def remind(scope: Scope) -> list[Duty]:
    found = _own(scope) if scope.roles & FILLERS else []
    return found + _sums(scope) if scope.roles & OVERSEERS else found


def _own(scope: Scope) -> list[Duty]:
    """Papers of the own schools that are late, due within sixty days, or were sent back."""
    schools = scope.unit_ids(Level.SCHOOL, FILLERS)
    found = []
    for build in list_builds(scope=scope, filters={}).filter(school__in=schools):
        duty = duty_of(build)
        returned = duty.paper_status == PaperStatus.RETURNED
        if duty.state not in (LATE, SOON) and not returned:
            continue
        word = _("修改%s（被退回）") if returned else _("报送%s")
        found.append(
            Duty(
                word % duty.word, build.holder_name, reverse("creation:build", args=[build.pk]),
                _("修改材料") if returned else _("写材料"), duty.due, came_back=returned,
            )
        )  # fmt: skip
    return found


def _sums(scope: Scope) -> list[Duty]:
    """Papers that wait for a check at this level, and builds in the scope that are late."""
    url, found = reverse("creation:builds"), []
    if waiting := count_tasks(scope=scope):
        level = "" if scope.sees_city else f"&level={DesignationLevel.DISTRICT.value}"
        detail, button = _("%d 件待检查") % waiting, _("去检查")
        found.append(Duty(_("检查双创建材料"), detail, f"{url}?state={WAITING}{level}", button))
    if late := count_builds(scope=scope).late:
        detail, button = _("%d 个在建单位逾期未报") % late, _("看名单")
        found.append(Duty(_("催报双创建材料"), detail, f"{url}?state={LATE}", button))
    return found
