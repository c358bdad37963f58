"""The kinds of titles: the first ones from the reviewed data file, kept by the city."""

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Role
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.programmes.models import Programme
from projects.selection.models import DesignationKind

DATA = Path(__file__).resolve().parent.parent / "data" / "kinds.toml"


@transaction.atomic
def load_kinds(path: Path = DATA) -> int:
    """Create the kinds that are missing; those that are there stay as people changed them. Returns how many came."""
    rows: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    programmes = {row.code: row for row in Programme.objects.all()}
    created = 0
    for code, row in rows.items():
        becomes = row.pop("becomes", None)
        given = {
            **row,
            "programme": programmes.get(row.get("programme", "")),
            "becomes": DesignationKind.objects.get(code=becomes) if becomes else None,
        }
        created += DesignationKind.objects.get_or_create(code=code, defaults=given)[1]
    return created


@transaction.atomic
def save_kind(
    *, actor: User, scope: Scope, kind: DesignationKind | None, title: str, programme: Programme | None = None,
    term_months: int | None = None, midterm_months: int | None = None, has_acceptance: bool = False,
    becomes: DesignationKind | None = None, yearly_cap: int | None = None, code: str = "",
) -> DesignationKind:  # fmt: skip
    """A new kind (`kind` is None, then with its `code`), or another wording, term or checks of one for what comes.

    Titles that are held keep their own days. DomainError `forbidden`, `code_taken`, `midterm`, `term`, `becomes`.
    """
    if Role.CITY_ADMIN not in scope.roles:
        raise DomainError("forbidden", _("称号类别由市级管理员维护。"), status=403)
    if midterm_months is not None and (term_months is None or midterm_months >= term_months):
        raise DomainError("midterm", _("中期检查须在期满以前，请先填期限。"), field="midterm_months")
    if has_acceptance and term_months is None:
        raise DomainError("term", _("有期满验收的称号须有期限。"), field="term_months")
    if kind is None:
        if DesignationKind.objects.filter(code=code).exists():
            raise DomainError("code_taken", _("这个代码已被使用，请换一个。"), field="code")
        kind = DesignationKind(code=code)
    else:
        kind = DesignationKind.objects.select_for_update().get(pk=kind.pk)
    if becomes is not None and (not has_acceptance or kind.pk in _chain(becomes)):
        raise DomainError("becomes", _("只有验收通过的才转为别的称号，且不能转回自己。"), field="becomes")
    kind.title, kind.programme, kind.becomes, kind.yearly_cap = title.strip(), programme, becomes, yearly_cap
    kind.term_months, kind.midterm_months, kind.has_acceptance = term_months, midterm_months, has_acceptance
    kind.save()
    return kind


def _chain(kind: DesignationKind) -> set[int]:
    """The kind and everything that it becomes, one after the other."""
    found: set[int] = set()
    following: DesignationKind | None = kind
    while following is not None and following.pk not in found:
        found.add(following.pk)
        following = following.becomes
    return found
