"""The request that a signed-in view gets, for the type checker; at run time it is Django's own."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from .models import User


class SignedInRequest(HttpRequest):
    user: User
    htmx: HtmxDetails
