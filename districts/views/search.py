from django.http import HttpResponse
from django.shortcuts import render

from districts.requests import OfficeRequest
from districts.selectors.search import search_units
from portal.accounts.access_rules import holds_office


@holds_office
def search(request: OfficeRequest) -> HttpResponse:
    """The search box: a fragment while typing, a page without scripts."""
    text = request.GET.get("q", "")
    context = {"query": text, "units": search_units(scope=request.scope, text=text)}
    template = "districts/units/found.html" if request.headers.get("HX-Request") else "districts/units/search.html"
    return render(request, template, context)
