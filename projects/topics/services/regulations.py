"""Keeping the rules: the first ones from a file, later ones by the city."""

import tomllib
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.topics.models import Regulation
from projects.topics.rules import can_revise_regulation

DATA = Path(__file__).resolve().parent.parent / "data" / "regulation.toml"


@transaction.atomic
def load_regulation(path: Path = DATA) -> bool:
    """Create the rules of the file where there are none at all; True if they came."""
    if Regulation.objects.exists():
        return False
    Regulation.objects.create(**tomllib.loads(path.read_text(encoding="utf-8")))
    return True


def regulation_on(day: date) -> Regulation:
    """The rules in force on a day; before the first ones, the first. DomainError `no_regulation` without any."""
    found = Regulation.objects.filter(valid_from__lte=day).first() or Regulation.objects.last()
    if found is None:
        raise DomainError(
            "no_regulation", _("还没有课题管理规则，请市教育工委先在“党建课题—管理规则”里发布。"), status=409
        )
    return found


@transaction.atomic
def revise_regulation(
    *, actor: User, scope: Scope, valid_from: date, amount: int, contract_days: int, opening_days: int,
    midterm_months: int, term_months: int, extension_times: int, extension_months: int, source: str,
) -> Regulation:  # fmt: skip
    """New rules from a day on; topics keep those under which they were funded.

    DomainError `forbidden`, `date` (not later than the ones before), `midterm` (not before the end of the term).
    """
    if not can_revise_regulation(scope):
        raise DomainError("forbidden", _("管理规则由市教育工委修订。"), status=403)
    if midterm_months >= term_months:
        raise DomainError("midterm", _("中期检查须早于研究期满。"), field="midterm_months")
    newest = Regulation.objects.first()
    if newest is not None and valid_from <= newest.valid_from:
        raise DomainError("date", _("起用日期须晚于现行规则的起用日期。"), field="valid_from")
    try:
        with transaction.atomic():
            return Regulation.objects.create(
                valid_from=valid_from, amount=amount, contract_days=contract_days, opening_days=opening_days,
                midterm_months=midterm_months, term_months=term_months, extension_times=extension_times,
                extension_months=extension_months, source=source.strip(),
            )  # fmt: skip
    except IntegrityError as error:
        raise DomainError("date", _("那一天已有规则起用。"), field="valid_from") from error
