"""Keeping the standard: the first one from a file, later ones by the city."""

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.leaders.models import Standard
from projects.leaders.rules import can_revise_standard

DATA = Path(__file__).resolve().parent.parent / "data" / "standard.toml"


@transaction.atomic
def load_standard(path: Path = DATA) -> bool:
    """Create the standard of the file where there is none at all; True if it came."""
    if Standard.objects.exists():
        return False
    Standard.objects.create(**tomllib.loads(path.read_text(encoding="utf-8")))
    return True


def standard_on(day: date) -> Standard:
    """The standard in force on a day. DomainError `no_standard` before the first one."""
    found = Standard.objects.filter(valid_from__lte=day).first()
    if found is None:
        raise DomainError("no_standard", _("那一天还没有起用的标准，请改认定日期。"), field="assessed_on")
    return found


def revise_standard(
    *, actor: User, scope: Scope, valid_from: date, party_text: str, work_text: str, party_kinds: Sequence[str],
    work_kinds: Sequence[str], term_months: int, source: str,
) -> Standard:  # fmt: skip
    """A new standard from a day on; assessments keep the one that they were made under.

    DomainError `forbidden`, `kinds` (a side without a proof), `date` (not later than the one before).
    """
    if not can_revise_standard(scope):
        raise DomainError("forbidden", _("标准由市教育工委修订。"), status=403)
    for field, kinds in (("party_kinds", party_kinds), ("work_kinds", work_kinds)):
        if not kinds or len(set(kinds)) != len(kinds) or max(map(len, kinds)) > 40:
            raise DomainError("kinds", _("每一方面至少列一种证明，一行一种，不重复，每种不超过 40 字。"), field=field)
    newest = Standard.objects.first()
    if newest is not None and valid_from <= newest.valid_from:
        raise DomainError("date", _("起用日期须晚于现行标准的起用日期。"), field="valid_from")
    try:
        with transaction.atomic():
            return Standard.objects.create(
                valid_from=valid_from, party_text=party_text.strip(), work_text=work_text.strip(),
                party_kinds=list(party_kinds), work_kinds=list(work_kinds), term_months=term_months,
                source=source.strip(),
            )  # fmt: skip
    except IntegrityError as error:
        raise DomainError("date", _("那一天已有标准起用。"), field="valid_from") from error
