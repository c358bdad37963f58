"""The forms, to be read: what is asked of whom, when, and how far it has come."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from reports.collection.selectors.forms import list_form_overviews

from .burden import READERS


@needs(*READERS)
def forms(request: OfficeRequest) -> HttpResponse:
    overviews = list_form_overviews(scope=request.scope)
    context = {
        "overviews": overviews,
        "cells": sum(len(o.fields) for o in overviews),
        "typed": sum(o.typed for o in overviews),
        "crumbs": [{"label": _("报送"), "url": reverse("collection:list")}, {"label": _("报表设置"), "url": ""}],
    }
    return render(request, "reports/collection/forms.html", context)
