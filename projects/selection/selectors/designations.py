"""Reading the register of titles. `list_valid` is what every indicator counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope, get_within, within
from districts.models import District, Office, Role
from districts.selectors.search import matching
from portal.workflow.errors import DomainError
from portal.workflow.models import Event
from projects.selection.models import COUNTING, Designation, DesignationKind
from projects.selection.process import DESIGNATION_PROCESS
from schools.party.models import PartyOrganisation
from schools.registry.models import School

RELATED = ("kind", "school__district", "organisation", "office__unit", "district", "round")
SECRETARIES = (Role.SCHOOL_SECRETARY, Role.BRANCH_SECRETARY)
FILTERS = {"kind": "kind__code", "level": "level", "district": "school__district__code", "batch": "batch",
           "school": "school__code"}  # fmt: skip


def valid_on(day: date, *, prefix: str = "") -> Q:
    """The condition under which a designation counts on a day: begun, not over, not ended before or on it.

    `prefix`: the path to it from another model, with its underscores.
    """

    def q(**lookups: Any) -> Q:
        return Q(**{f"{prefix}{name}": value for name, value in lookups.items()})

    begun = q(valid_from__lte=day) & (q(valid_to__isnull=True) | q(valid_to__gt=day))
    return begun & (q(status__in=COUNTING) | q(ended_on__gt=day))


def counts_today(row: Designation) -> bool:
    """The same for a row in hand."""
    today = timezone.localdate()
    begun = row.valid_from <= today and (row.valid_to is None or row.valid_to > today)
    return begun and (row.status in COUNTING or (row.ended_on is not None and row.ended_on > today))


def list_valid(*, on: date, kind: str = "", level: str = "") -> QuerySet[Designation]:
    """Titles that count on a day; `kind`: code of a DesignationKind, `level`: district, city, national."""
    rows = Designation.objects.filter(valid_on(on))
    if kind:
        rows = rows.filter(kind__code=kind)
    return rows.filter(level=level) if level else rows


def list_designations(*, scope: Scope, filters: Mapping[str, str]) -> QuerySet[Designation]:
    """The register in the scope, newest first.

    `filters`: kind, level, district, batch, school (codes), q (school, thing, document or batch), state (valid, ended;
    all otherwise).
    """
    rows = within(Designation.objects.select_related(*RELATED), scope)
    for name, lookup in FILTERS.items():
        if filters.get(name):
            rows = rows.filter(**{lookup: filters[name]})
    if text := filters.get("q", "").replace("\x00", "").strip():
        own = Q(subject_title__icontains=text) | Q(official_title__icontains=text) | Q(batch__icontains=text)
        rows = rows.filter(own | matching(text, "school"))
    if filters.get("state") in ("valid", "ended"):
        today = valid_on(timezone.localdate())
        rows = rows.filter(today) if filters["state"] == "valid" else rows.exclude(today)
    return rows.order_by("-valid_from", "district__code", "school__code", "pk")


def get_designation(*, scope: Scope, pk: int) -> Designation:
    """One title with its holder, kind, predecessor; Http404 outside the scope."""
    rows = Designation.objects.select_related(*RELATED, "kind__becomes", "predecessor__kind", "successor__kind")
    return get_within(rows, scope, pk=pk)


def find_by_code(code: str) -> Designation | None:
    """For anybody who holds a certificate: the title with this check code, or None."""
    key = "".join(c for c in code if c.isalnum()).upper()[:16]
    return Designation.objects.select_related(*RELATED).filter(check_code=key).first() if key else None


def list_kinds() -> QuerySet[DesignationKind]:
    return DesignationKind.objects.select_related("becomes")


def list_kinds_with_counts() -> QuerySet[DesignationKind]:
    """Every kind with `held`, how many titles of it count today in the whole city. One query."""
    today = timezone.localdate()
    counting = valid_on(today, prefix="designations__")
    rows = DesignationKind.objects.select_related("becomes", "programme")
    return rows.annotate(held=Count("designations", filter=counting)).order_by("code")


def get_kind(code: str) -> DesignationKind:
    """A kind of title by its code; Http404 otherwise."""
    found = DesignationKind.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def list_steps(row: Designation) -> list[Event]:
    """The steps taken with the title, latest first."""
    rows = Event.objects.filter(process=DESIGNATION_PROCESS.name, object_id=row.pk).select_related("actor")
    return list(rows.order_by("-id"))


def find_school(*, scope: Scope, code: str) -> School | None:
    return within(School.objects.all(), scope).filter(code=code.strip()).first()


def find_organisation(school: School, code: str) -> PartyOrganisation:
    """A Party organisation of the school by its code, also one that is no more. DomainError `holder`."""
    found = school.party_organisations.filter(code=code).first()
    if found is None:
        raise DomainError("holder", _("这所学校没有这个代码的党组织。"), field="holder_code")
    return found


def find_secretary(school: School, code: str, on: date) -> Office:
    """Who was secretary on a day: of the school, or of its organisation with this code. DomainError `holder`.

    The title is the post's of that person: a later holder does not inherit it.
    """
    unit = find_organisation(school, code).pk if code and code != school.code else school.pk
    rows = Office.objects.filter(unit=unit, role__in=SECRETARIES, valid_from__lte=on).exclude(valid_to__lte=on)
    found = rows.select_related("unit").order_by("-valid_from").first()
    if found is None:
        raise DomainError(
            "holder", _("授予那天没有在任的书记，请核对授予日期，或先在“任职”里登记。"), field="holder_code"
        )
    return found


@dataclass(frozen=True, slots=True)
class DistrictCount:
    """A tile of the map: a district with how many titles of the list it has; `step` 0–5 of the colour scale."""

    district: District
    count: int
    step: int


def list_by_district(rows: QuerySet[Designation]) -> list[DistrictCount]:
    """The titles of the list by the district of today, for the map."""
    counts = dict(rows.order_by().values_list("school__district").annotate(n=Count("pk")))
    most = max(counts.values(), default=0)
    districts = District.objects.filter(valid_to=None).exclude(tile_row=None).order_by("code")
    return [
        DistrictCount(d, counts.get(d.pk, 0), round(5 * counts.get(d.pk, 0) / most) if most else 0) for d in districts
    ]
