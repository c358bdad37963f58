"""May this holder apply? One place for the page, the submission and the check."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Level
from portal.workflow.models import Event
from projects.selection import requirements
from projects.selection.models import (
    COUNTING,
    Application,
    ApplicationStatus,
    Designation,
    DesignationLevel,
    Round,
    same_holder,
)
from projects.selection.process import APPLICATION_PROCESS
from projects.selection.rules.access import DISTRICT_ROLES, roles_on_round
from schools.registry.models import School, SchoolKind

from .vetoes import reasons_of

# Other rooms may bar schools: (school keys, day) → school → the reason, for those that are (docs/adr/0009).
Source = Callable[[Collection[int], date], Mapping[int, str]]
veto_sources: list[Source] = []


def list_obstacles(application: Application) -> list[str]:
    """Why the holder may not apply in this round, as sentences; empty when it may."""
    return obstacles_of(application.round, [application])[0]


def obstacles_of(round_: Round, applications: Sequence[Application]) -> list[list[str]]:
    """The same for several cases of one round, in their order: the cost is the same for any number.

    Needs `school` selected, and of the round `unit`, `designation_kind` and `needs_designation`.
    """
    today, schools = timezone.localdate(), {application.school_id for application in applications}
    vetoed = _veto_texts(schools, today) if round_.bars_vetoed else {}
    titled = _schools_with(round_.needs_designation_id, schools, today) if round_.needs_designation_id else set()
    held = _holders(round_, applications, today) if round_.bars_holders else [False] * len(applications)
    programmes = [obstacles(round_, applications) for obstacles in requirements.of_applications]
    answers = []
    for number, (application, holds) in enumerate(zip(applications, held, strict=True)):
        school = application.school
        found = [_unfit(round_, school, today)]
        if round_.bars_vetoed and not found[0]:
            found.append(vetoed.get(school.pk, ""))
        if round_.needs_designation_id and school.pk not in titled:
            found.append(_("申报前须已是“%s”，学校目前没有有效的这一称号。") % round_.needs_designation)
        if holds:
            found.append(_("已是有效的“%s”，不重复申报。") % round_.designation_kind)
        found += [texts[number] for texts in programmes]
        answers.append([text for text in found if text])
    return answers


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for the check: what bars its holder today, and whether the visitor handed it in."""

    application: Application
    obstacles: Sequence[str]
    is_own: bool


def waiting_cases(*, scope: Scope, round_: Round) -> QuerySet[Application]:
    """Submitted cases of the round that the scope may check, district by district; none for others."""
    rows = Application.objects.filter(round=round_, status=ApplicationStatus.SUBMITTED)
    if not roles_on_round(scope, round_):
        rows = rows.filter(district__in=scope.unit_ids(Level.DISTRICT, DISTRICT_ROLES))
    related = ("round__unit", "round__designation_kind", "school__district", "organisation", "office__unit", "district")
    return rows.select_related(*related).order_by("district__code", "school__code", "pk")


def list_waiting(*, scope: Scope, round_: Round, cases: Sequence[Application]) -> list[Waiting]:
    """These cases with what would bar them now; a constant number of queries."""
    steps = Event.objects.filter(
        process=APPLICATION_PROCESS.name, action="submit", object_id__in=[case.pk for case in cases]
    ).order_by("object_id", "-id")
    makers = dict(steps.distinct("object_id").values_list("object_id", "actor_id"))
    return [
        Waiting(case, obstacles, makers.get(case.pk) == scope.user_id)
        for case, obstacles in zip(cases, obstacles_of(round_, cases), strict=True)
    ]


def _unfit(round_: Round, school: School, today: date) -> str:
    """What bars the school itself: closed, or of another kind."""
    if school.valid_to and school.valid_to <= today:
        return _("学校已撤销。")
    if round_.school_kinds and school.kind not in round_.school_kinds:
        kinds = "、".join(str(SchoolKind(kind).label) for kind in round_.school_kinds)
        return _("本批次面向%(kinds)s，学校是%(own)s。") % {"kinds": kinds, "own": school.get_kind_display()}
    return ""


def _schools_with(kind_id: int, schools: Collection[int], today: date) -> set[int]:
    held = Designation.objects.filter(
        school__in=schools, kind=kind_id, status__in=COUNTING, valid_from__lte=today
    ).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    return set(held.values_list("school_id", flat=True))


def veto_reason(school_id: int, on: date) -> str:
    """The veto in force on a day, recorded here or known to another room; empty if there is none."""
    return _veto_texts([school_id], on).get(school_id, "")


def _veto_texts(school_ids: Collection[int], on: date) -> dict[int, str]:
    """School → the sentence that bars it; what is recorded here goes before what other rooms know."""
    recorded = reasons_of(school_ids, on)
    return {**_elsewhere(school_ids, on), **{pk: _veto_text(reason) for pk, reason in recorded.items()}}


def _veto_text(reason: str) -> str:
    return _("学校在一票否决期内（%s），不得申报。") % reason


def list_vetoed(applications: Iterable[Application]) -> list[tuple[Application, str]]:
    """Those of the applications whose school is under a veto today, with the reason: they must not be chosen."""
    rows, today = list(applications), timezone.localdate()
    schools = {row.school_id for row in rows}
    known = {**_elsewhere(schools, today), **reasons_of(schools, today)}
    return [(row, known[row.school_id]) for row in rows if row.school_id in known]


def _elsewhere(school_ids: Collection[int], on: date) -> dict[int, str]:
    """The first room that knows a reason says it."""
    found: dict[int, str] = {}
    for source in veto_sources:
        found = {**source(school_ids, on), **found}
    return {school: reason for school, reason in found.items() if reason}


def _holders(round_: Round, applications: Sequence[Application], today: date) -> list[bool]:
    """Which hold the title already, at the level of the round or above it: a district's is no bar to the city's."""
    own = DesignationLevel.CITY if round_.is_city else DesignationLevel.DISTRICT
    levels = DesignationLevel.values[DesignationLevel.values.index(own) :]
    rows = Designation.objects.filter(
        school__in={application.school_id for application in applications}, kind=round_.designation_kind_id,
        status__in=COUNTING, level__in=levels,
    ).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today))  # fmt: skip
    titles: dict[int, list[Designation]] = {}
    for title in rows:
        titles.setdefault(title.school_id, []).append(title)
    return [any(_is_same(case, title) for title in titles.get(case.school_id, [])) for case in applications]


def _is_same(case: Application, title: Designation) -> bool:
    same = same_holder(case)
    if not same["subject_title"] or same["subject_id"]:
        # A registered thing is the same by its key, whatever it was called when it was given the title.
        del same["subject_title"]
    keys = {"school", "organisation", "office"}
    return all(getattr(title, f"{name}_id" if name in keys else name) == value for name, value in same.items())
