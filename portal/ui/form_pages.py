"""One page with one form: shown, refused with what was typed, or done. Shared by every slice."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.workflow.errors import DomainError


def form_page(
    request: HttpRequest,
    *,
    form: BaseForm,
    act: Callable[[dict[str, Any]], str],
    heading: str,
    submit: str,
    done: str,
    cancel: str,
    crumbs: Sequence[dict[str, str]],
    confirm: str = "",
    hint: str = "",
) -> HttpResponse:
    """Show the form; on POST run `act(cleaned_data)`, say `done` and go to the address that it returned.

    A DomainError becomes an error of the form (of the field that it names), the typed values stay, status 422.
    `confirm`: the sentence to agree to before anything is sent.
    """
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                target = act(form.cleaned_data)
            except DomainError as error:
                field = error.extra.get("field")
                form.add_error(field if field in form.fields else None, error.message)
            else:
                messages.success(request, done)
                return redirect(target)
        status = 422
    context = {
        "form": form,
        "heading": heading,
        "submit": submit,
        "cancel": cancel,
        "confirm": confirm,
        "hint": hint,
        "crumbs": crumbs,
        "is_multipart": form.is_multipart(),
    }
    return render(request, "components/form_page.html", context, status=status)
