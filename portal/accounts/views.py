from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from .access_rules import signed_in
from .services import sign_out_everywhere as end_sessions


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """My account: offices, password, second factor, sessions."""
    return render(request, "accounts/home.html", {"offices": request.user.offices.select_related("unit")})


@require_POST
@signed_in
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    end_sessions(actor=request.user)
    return redirect("account_login")
