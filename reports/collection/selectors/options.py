from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from districts.access import Scope, within
from districts.models import District, Level, Zone
from reports.collection.models import Form, Return, ReturnStatus
from reports.collection.process import REVIEWERS
from reports.indicators.models import Period
from schools.registry.models import School


def list_form_options() -> list[tuple[str, str]]:
    return list(Form.objects.values_list("code", "title"))


def list_period_options() -> list[tuple[str, str]]:
    """Periods for which there are returns, newest first."""
    used = Return.objects.values("period_id").distinct()
    return list(Period.objects.filter(pk__in=used).order_by("-end").values_list("code", "name"))


def list_zone_options(*, scope: Scope) -> list[tuple[str, str]]:
    """Zones of the districts that the scope reviews."""
    zones = Zone.objects.filter(district__in=scope.unit_ids(Level.DISTRICT, REVIEWERS)).order_by("code")
    return list(zones.values_list("code", "name"))


def list_forms() -> QuerySet[Form]:
    """Every form with its fields and their indicators."""
    return Form.objects.prefetch_related("fields__indicator")


def list_codes(form: Form) -> set[str]:
    """Codes of the cells of a form."""
    return set(form.fields.values_list("indicator__code", flat=True))


@dataclass(frozen=True, slots=True)
class Round:
    """One form for one period, with the schools of the district that have not handed it in."""

    key: str
    label: str
    waiting: int


def list_open_rounds(*, scope: Scope, last: int = 8) -> list[Round]:
    """What can be extended in the districts that the scope reviews, newest first."""
    rows = (
        Return.objects.filter(
            school__district__in=scope.unit_ids(Level.DISTRICT, REVIEWERS),
            status__in=[ReturnStatus.DRAFT, ReturnStatus.RETURNED],
        )
        .values_list("form__code", "form__title", "period__code", "period__name", "period__end")
        .annotate(waiting=Count("pk"))
        .order_by("-period__end", "form__code")[:last]
    )
    return [Round(f"{form}:{period}", f"{title}　{name}", n) for form, title, period, name, _end, n in rows]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that came with a link and has no field of its own: its name in the address, and what it says."""

    name: str
    value: str
    words: str


def name_filters(*, scope: Scope, filters: Mapping[str, str]) -> list[Chip]:
    """The filters of the list of returns that only links set, in words; a code that means nothing here stays a code."""
    given = {name: value.replace("\0", "") for name, value in filters.items()}
    names: dict[str, str] = {}
    if places := {given[name] for name in ("at", "district") if given.get(name)}:
        names |= dict(District.objects.filter(code__in=places).values_list("code", "name"))
    if school := given.get("school"):
        names |= dict(within(School.objects.filter(code=school), scope).values_list("code", "name"))
    if whole := given.get("within"):
        names |= dict(Period.objects.filter(code=whole).values_list("code", "name"))
    sentences = {
        "within": _("%s及其中各期"),
        "at": _("当期属于%s"),
        "district": _("现属%s"),
        "school": _("%s"),
    }
    return [
        Chip(name, given[name], sentence % names.get(given[name], given[name]))
        for name, sentence in sentences.items()
        if given.get(name)
    ]
