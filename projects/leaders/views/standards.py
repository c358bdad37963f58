"""The standard: what is in force, what was before, and its revision by the city."""

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
from projects.leaders.forms import StandardForm
from projects.leaders.rules import can_revise_standard
from projects.leaders.selectors.assessments import get_standard_on, list_standards
from projects.leaders.services.standards import revise_standard

from .words import crumbs, tabs


@holds_office
def standards(request: OfficeRequest) -> HttpResponse:
    current = get_standard_on(timezone.localdate())
    context = {
        "current": current,
        "others": [row for row in list_standards() if row != current],
        "today": timezone.localdate(),
        "may_revise": can_revise_standard(request.scope),
        "tabs": tabs("standards"),
        "crumbs": crumbs((_("标准"), "")),
    }
    return render(request, "leaders/standards.html", context)


@holds_office
def revise(request: OfficeRequest) -> HttpResponse:
    if not can_revise_standard(request.scope):
        raise PermissionDenied
    newest = list_standards().first()
    initial: dict[str, Any] = {}
    if newest:
        initial = {name: getattr(newest, name) for name in ("party_text", "work_text", "term_months")}
        initial |= {name: "\n".join(getattr(newest, name)) for name in ("party_kinds", "work_kinds")}

    def act(data: dict[str, Any]) -> str:
        revise_standard(actor=request.user, scope=request.scope, **data)
        return reverse("leaders:standards")

    return form_page(
        request, form=StandardForm(request.POST or None, initial=initial), act=act, heading=_("修订标准"),
        submit=_("发布"), done=_("新标准已发布，从起用日期开始用于认定。"), cancel=reverse("leaders:standards"),
        crumbs=crumbs((_("标准"), reverse("leaders:standards")), (_("修订"), "")),
        hint=_("已确认的认定仍按当时的标准有效，到期复核时按新标准。"),
        confirm=_("发布新的标准？发布后不能修改，只能再次修订。"),
    )  # fmt: skip
