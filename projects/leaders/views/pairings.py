"""结对带教: who leads whom, for their own schools and districts; numbers for the city."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import table_response
from portal.ui.form_pages import form_page
from portal.ui.paging import page_of, rest_of_query
from projects.leaders.forms import SECRETARY, EndForm, PairingForm, StudioPairingForm
from projects.leaders.people import Person
from projects.leaders.rules import can_fill, can_keep_studio
from projects.leaders.selectors.assessments import get_own_school, list_own_schools
from projects.leaders.selectors.people import find_person
from projects.leaders.selectors.studios import (
    count_pairings,
    get_pairing,
    list_hosts,
    list_pairings,
    sees_people,
)
from projects.leaders.services.pairings import begin_pairing, end_pairing

from .studios import kept, studio_crumbs
from .words import crumbs, tabs, wants_export

NOTE = "人员以职务或学校自编的教师编号表示，只在本校和本区县可见。"


@holds_office
def pairing_list(request: OfficeRequest) -> HttpResponseBase:
    """Pairs of the own schools and districts; the city sees how many run in each district."""
    if not sees_people(request.scope):
        return _counts(request)
    filters = {name: request.GET.get(name, "") for name in ("school", "state")}
    rows = list_pairings(scope=request.scope, filters=filters)
    if wants_export(request):
        head = [
            _("带教人"),
            _("带教学校"),
            _("学员"),
            _("学员学校"),
            _("工作室"),
            _("目标"),
            _("结对"),
            _("结束"),
            _("成效"),
        ]
        lines = (
            [r.mentor_name, r.school.name, r.mentee_name, r.mentee_school.name, r.studio.name if r.studio else "",
             r.goals, f"{r.started_on}", f"{r.ended_on or ''}", r.outcome]
            for r in rows
        )  # fmt: skip
        return table_response(request.GET["export"], _("结对带教"), head, lines, NOTE)
    page = page_of(request, rows, 50)
    context = {
        "page": page,
        "rows": [(row, _may_end(request, row)) for row in page],
        "filters": filters,
        "may_add": list_own_schools(scope=request.scope).exists(),
        "query": rest_of_query(request),
        "tabs": tabs("pairings"),
        "crumbs": crumbs((_("结对带教"), "")),
    }
    return render(request, "leaders/pairings.html", context)


def _may_end(request: OfficeRequest, row: Any) -> bool:
    may = can_keep_studio(request.scope, row.studio) if row.studio else can_fill(request.scope, row.school)
    return row.ended_on is None and may


def _counts(request: OfficeRequest) -> HttpResponseBase:
    rows = count_pairings(scope=request.scope, on=timezone.localdate())
    if wants_export(request):
        lines = ([row.name, row.pairs, row.schools] for row in rows)
        return table_response(
            request.GET["export"], _("结对带教"), [_("区县"), _("正在结对（对）"), _("带教学校（所）")], lines, NOTE
        )
    context = {
        "counts": rows,
        "total": sum(row.pairs for row in rows),
        "tabs": tabs("pairings"),
        "crumbs": crumbs((_("结对带教"), "")),
    }
    return render(request, "leaders/pairing_counts.html", context)


@holds_office
def add(request: OfficeRequest) -> HttpResponse:
    """A pair outside the studios."""
    if not list_own_schools(scope=request.scope).exists():
        raise PermissionDenied
    school = get_own_school(scope=request.scope)

    def act(data: dict[str, Any]) -> str:
        mentor = Person(school, data["mentor"], data["mentor_number"])
        _begin(request, data, mentor=mentor)
        return reverse("leaders:pairings")

    form = PairingForm(request.POST or None, mentors=list_hosts(school), initial={"mentee_unit": school.code})
    return form_page(
        request, form=form, act=act, heading=_("登记结对"), submit=_("登记"), done=_("结对已登记。"),
        cancel=reverse("leaders:pairings"),
        crumbs=crumbs((_("结对带教"), reverse("leaders:pairings")), (_("登记"), "")), hint=school.name,
    )  # fmt: skip


@holds_office
def add_mentee(request: OfficeRequest, pk: int) -> HttpResponse:
    """A mentee of a studio; its host leads."""
    studio = kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        _begin(request, data, mentor=Person(studio.school, office=studio.host), studio=studio)
        return reverse("leaders:studio", args=[pk])

    form = StudioPairingForm(request.POST or None, initial={"mentee_unit": studio.school.code})
    return form_page(
        request, form=form, act=act, heading=_("增加学员"), submit=_("登记"), done=_("学员已登记，计入结对带教人数。"),
        cancel=reverse("leaders:studio", args=[pk]), crumbs=studio_crumbs(studio, _("增加学员")),
        hint=_("%s　带教人是工作室主持人") % studio.name,
    )  # fmt: skip


def _begin(request: OfficeRequest, data: dict[str, Any], **given: Any) -> None:
    mentee = find_person(
        code=data["mentee_unit"], number=None if data["mentee_kind"] == SECRETARY else data["mentee_number"]
    )
    begin_pairing(
        actor=request.user, scope=request.scope, mentee=mentee, goals=data["goals"], started_on=data["started_on"],
        **given,
    )  # fmt: skip


@holds_office
def end(request: OfficeRequest, pk: int) -> HttpResponse:
    row = get_pairing(scope=request.scope, pk=pk)
    if not (can_keep_studio(request.scope, row.studio) if row.studio else can_fill(request.scope, row.school)):
        raise PermissionDenied
    back = reverse("leaders:studio", args=[row.studio_id]) if row.studio_id else reverse("leaders:pairings")

    def act(data: dict[str, Any]) -> str:
        end_pairing(actor=request.user, scope=request.scope, pairing_id=pk, **data)
        return back

    return form_page(
        request, form=EndForm(request.POST or None), act=act, heading=_("结束结对"), submit=_("结束"),
        done=_("结对已结束。"), cancel=back,
        crumbs=crumbs((_("结对带教"), reverse("leaders:pairings")), (_("结束"), "")),
        hint=f"{row.mentor_name} — {row.mentee_name}", confirm=_("结束这对结对？之后不再计入结对带教人数。"),
    )  # fmt: skip
