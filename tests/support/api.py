"""A REST client with the token of one office of the small city."""

from typing import Any

from django.test import Client

from districts.models import Office
from districts.services.offices import create_token
from tests.support.city import SmallCity


class Api:
    def __init__(self, city: SmallCity, name: str) -> None:
        office = Office.objects.get(user=city.users[name], valid_to=None)
        self.token = create_token(actor=office.user, scope=city.scope(name), office_id=office.pk, name="test")
        self.headers = {"Authorization": f"Token {self.token}"}

    def get(self, url: str, **headers: str) -> Any:
        return Client().get(url, headers={**self.headers, **headers})

    def send(self, method: str, url: str, data: object = None, **headers: str) -> Any:
        body = {} if data is None else {"data": data, "content_type": "application/json"}
        return getattr(Client(), method)(url, headers={**self.headers, **headers}, **body)
