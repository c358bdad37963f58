"""The rules for funded topics: what is in force, what was before, and their revision by the city."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.form_pages import form_page
from projects.topics.forms import RegulationForm
from projects.topics.rules import can_revise_regulation
from projects.topics.selectors.calls import get_year_cap
from projects.topics.selectors.regulations import get_regulation_on, list_regulations
from projects.topics.services.regulations import revise_regulation

from .words import crumbs

NAMES = (
    "amount", "contract_days", "opening_days", "midterm_months", "term_months", "extension_times", "extension_months",
)  # fmt: skip


@holds_office
def regulations(request: OfficeRequest) -> HttpResponse:
    today = timezone.localdate()
    current = get_regulation_on(today)
    context = {
        "current": current,
        "others": [row for row in list_regulations() if row != current],
        "cap": get_year_cap(),
        "today": today,
        "may_revise": can_revise_regulation(request.scope),
        "crumbs": crumbs((_("管理规则"), "")),
    }
    return render(request, "topics/regulations.html", context)


@holds_office
def revise(request: OfficeRequest) -> HttpResponse:
    if not can_revise_regulation(request.scope):
        raise PermissionDenied
    newest = list_regulations().first()
    initial: dict[str, Any] = {name: getattr(newest, name) for name in NAMES} if newest else {}

    def act(data: dict[str, Any]) -> str:
        revise_regulation(actor=request.user, scope=request.scope, **data)
        return reverse("topics:regulations")

    return form_page(
        request, form=RegulationForm(request.POST or None, initial=initial), act=act, heading=_("修订管理规则"),
        submit=_("发布"), cancel=reverse("topics:regulations"),
        done=_("新规则已发布，从起用日期起立项的课题按它管理。"),
        crumbs=crumbs((_("管理规则"), reverse("topics:regulations")), (_("修订"), "")),
        hint=_("已经立项的课题仍按立项时的规则。"), confirm=_("发布新的规则？发布后不能修改，只能再次修订。"),
    )  # fmt: skip
