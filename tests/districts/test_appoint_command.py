"""The first city administrator of a new installation comes in from the command line."""

import pytest
from django.core.management import CommandError, call_command

from districts.access import scope_of
from districts.models import Role
from portal.accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_first_administrator_gets_an_office_and_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("appoint", "city_admin", "500000", "first", name="教师 0001")
    user = User.objects.get(username="first")
    assert scope_of(user).roles == {Role.CITY_ADMIN}
    password = capsys.readouterr().out.strip().rsplit(" ", 1)[-1]
    assert user.check_password(password)
    assert user.must_change_password


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("city_admin", "999999", "first"), "no unit 999999"),
        (("school_clerk", "500238", "first"), "这一级单位没有所选职务"),
    ],
)
def test_a_wrong_unit_or_role_appoints_nobody(arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("appoint", *arguments)
    assert not User.objects.filter(username="first").exists()
