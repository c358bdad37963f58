"""Who meets the standard: the city by district, a district by school, and the list of posts behind every number."""

from datetime import date
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from districts.models import Level
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import table_response
from portal.ui.formats import show_figure
from portal.ui.paging import page_of, rest_of_query
from projects.leaders.process import CHECKERS
from projects.leaders.selectors.assessments import get_district, list_choosable_districts, list_waiting
from projects.leaders.selectors.standing import STATES, Post, Tally, describe_posts, list_posts, list_tallies

from .words import crumbs, state_badge, status_badge, tabs, wants_export

NAMES = ("district", "school", "state", "plan", "pending", "q")
NOTE = "达标：党建、业务两方面证明经区县确认且在有效期内，或持有有效的“双带头人”称号。到期未复核、未认定的不计为达标。"


@holds_office
def overview(request: OfficeRequest) -> HttpResponseBase:
    """Counts by district or by school; a school goes straight to its list."""
    scope = request.scope
    districts = list_choosable_districts(scope=scope)
    if not scope.sees_city and not scope.unit_ids(Level.DISTRICT):
        return redirect("leaders:posts")
    code = request.GET.get("district", "")
    if not code and not scope.sees_city and len(districts) == 1:
        code = districts[0].code
    chosen = get_district(scope=scope, code=code) if code else None
    today = timezone.localdate()
    total, parts = list_tallies(scope=scope, on=today, district=code)
    if wants_export(request):
        return _export_tallies(request, parts)
    context = {
        "total": total,
        "rows": [(tally, _link(tally, by_school=bool(code)), _link_posts(tally, bool(code))) for tally in parts],
        "states": STATES.items(),
        "district": chosen,
        "waiting": list_waiting(scope=scope, filters={}).count() if scope.unit_ids(Level.DISTRICT, CHECKERS) else 0,
        "tabs": tabs("standing"),
        "as_of_day": today,
        "crumbs": crumbs((chosen.name, "")) if chosen and scope.sees_city else crumbs(),
    }
    return render(request, "leaders/standing.html", context)


def _link(tally: Tally, *, by_school: bool) -> str:
    """One level down: a district's schools, a school's posts."""
    if by_school:
        return _link_posts(tally, by_school)
    return f"{reverse('leaders:standing')}?{urlencode({'district': tally.unit.code})}"


def _link_posts(tally: Tally, by_school: bool) -> str:
    return f"{reverse('leaders:posts')}?{urlencode({'school' if by_school else 'district': tally.unit.code})}"


def _export_tallies(request: OfficeRequest, parts: list[Tally]) -> HttpResponseBase:
    head = [_("单位"), _("代码"), _("书记职务"), *(str(word) for word in STATES.values()), _("达标率（%）"),
            _("培养中"), _("培养逾期")]  # fmt: skip
    rows = (
        [t.unit.name, t.unit.code, t.posts, *(t.counts[state] for state in STATES),
         show_figure(t.coverage, decimals=1), t.plans, t.overdue]
        for t in parts
    )  # fmt: skip
    return table_response(request.GET["export"], _("双带头人达标情况"), head, rows, NOTE)


@holds_office
def post_list(request: OfficeRequest) -> HttpResponseBase:
    """Posts one by one, with the proofs, what is open and what is planned."""
    filters = {name: request.GET.get(name, "") for name in NAMES}
    today = timezone.localdate()
    keys = list_posts(scope=request.scope, on=today, filters=filters)
    if wants_export(request):
        return _export_posts(request, describe_posts(keys), today)
    page = page_of(request, keys, 50)
    context = {
        "page": page,
        "rows": [_row(post, today) for post in describe_posts(list(page.object_list))],
        "filters": filters,
        "states": STATES.items(),
        "plans": (("open", _("培养中")), ("overdue", _("培养逾期")), ("none", _("没有培养措施"))),
        "districts": list_choosable_districts(scope=request.scope),
        "query": rest_of_query(request),
        "tabs": tabs("posts"),
        "crumbs": crumbs((_("书记名单"), "")),
    }
    return render(request, "leaders/posts.html", context)


def _row(post: Post, today: date) -> dict[str, Any]:
    return {
        "post": post,
        "badge": state_badge(post.state),
        "pending": status_badge(post.pending) if post.pending else None,
        "is_late": bool(post.plan and post.plan.due_on < today),
    }


def _export_posts(request: OfficeRequest, posts: list[Post], today: date) -> HttpResponseBase:
    head = [
        _("区县"), _("学校"), _("党组织"), _("代码"), _("状态"), _("党建带头"), _("业务带头"), _("认定日期"),
        _("有效期至"), _("称号"), _("培养措施"), _("完成期限"), _("逾期"),
    ]  # fmt: skip
    rows = (_exported(post, today) for post in posts)
    return table_response(request.GET["export"], _("双带头人书记名单"), head, rows, NOTE)


def _exported(post: Post, today: date) -> list[Any]:
    seen, plan, school = post.assessment, post.plan, post.organisation.school
    return [
        school.district.name, school.name, post.organisation.name, post.organisation.code, str(STATES[post.state]),
        seen.party_kind if seen else "", seen.work_kind if seen else "", f"{seen.assessed_on}" if seen else "",
        f"{seen.valid_to}" if seen else "", f"{post.title.get_level_display()}{post.title.kind}" if post.title else "",
        plan.measures if plan else "", f"{plan.due_on}" if plan else "",
        _("是") if plan and plan.due_on < today else "",
    ]  # fmt: skip
