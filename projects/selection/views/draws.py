"""The record of the draw for those who run the round: recomputed from its seed, and all of it to do so elsewhere."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import csv_response, xlsx_response
from projects.selection.rules.access import roles_on_round
from projects.selection.selectors.draws import DRAW_HEAD, draw_notes, draw_rows, get_draw
from projects.selection.selectors.rounds import get_round

from .words import crumbs


@holds_office
def draw_record(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """Who was drawn from whom; ?export=xlsx|csv has every pair with its lot."""
    round_ = get_round(scope=request.scope, pk=pk)
    if not roles_on_round(request.scope, round_):
        raise PermissionDenied
    record = get_draw(round_)
    if record is None:
        raise Http404
    notes = draw_notes(round_, record)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        answer = csv_response if kind == "csv" else xlsx_response
        return answer(_("抽取记录-%s") % round_.code, DRAW_HEAD, draw_rows(record), notes=notes)
    context = {
        "round": round_,
        "record": record,
        "notes": notes,
        "crumbs": crumbs(round_, page=_("抽取记录")),
    }
    return render(request, "selection/chair/draw.html", context)
