"""Many offices at once from a list: all of them or none."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Office
from districts.office_sheet import Book
from districts.selectors.office_import import Plan, plan_appointments
from portal.accounts.models import User
from portal.accounts.services import first_password_hasher, new_password
from portal.workflow.errors import DomainError


@dataclass(frozen=True, slots=True)
class Issued:
    """A new account with its first password, which is stored nowhere else."""

    unit: str
    role: str
    display_name: str
    username: str
    password: str


def import_offices(*, actor: User, scope: Scope, book: Book) -> tuple[int, list[Issued]]:
    """Appoint everybody on the list; returns how many, and the first passwords of the accounts that were made.

    The list is compared anew: DomainError `changed` with `problems` if anything stands in the way by now.
    """
    try:
        with transaction.atomic():
            plan = plan_appointments(scope=scope, book=book)
            if plan.problems:
                raise DomainError(
                    "changed", _("名单与平台现在的情况对不上，没有写入。"), status=409, problems=plan.problems
                )
            return len(plan.appointments), _carry_out(plan)
    except IntegrityError as error:
        # Somebody else made an account of this name at the same moment.
        raise DomainError("changed", _("有账号刚被别人新建，没有写入，请重新上传。"), status=409) from error


def _carry_out(plan: Plan) -> list[Issued]:
    hasher = first_password_hasher()
    issued: dict[str, Issued] = {}
    fresh: dict[str, User] = {}
    for line in plan.appointments:
        if line.user is not None or line.username in fresh:
            continue
        password = new_password()
        fresh[line.username] = User(
            username=line.username, display_name=line.display_name, must_change_password=True,
            password=make_password(password, hasher=hasher),
        )  # fmt: skip
        issued[line.username] = Issued(line.unit.name, str(line.role.label), line.display_name, line.username, password)
    User.objects.bulk_create(fresh.values())
    Office.objects.bulk_create(
        Office(user=line.user or fresh[line.username], role=line.role, unit=line.unit, valid_from=line.since)
        for line in plan.appointments
    )
    return list(issued.values())
