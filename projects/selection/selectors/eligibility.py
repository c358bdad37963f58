"""May this holder apply? One place for the page, the submission and the check."""

from collections.abc import Callable, Iterable
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.selection import requirements
from projects.selection.models import COUNTING, Application, Designation, DesignationLevel, Round, same_holder
from schools.registry.models import School, SchoolKind

from .vetoes import reasons_of

# Other rooms may bar a school: (school key, day) → the reason, or an empty text (docs/adr/0009).
Source = Callable[[int, date], str]
veto_sources: list[Source] = []


def list_obstacles(application: Application) -> list[str]:
    """Why the holder may not apply in this round, as sentences; empty when it may."""
    round_, school, today = application.round, application.school, timezone.localdate()
    found = [school_obstacle(round_, school, today)]
    if round_.needs_designation_id:
        held = Designation.objects.filter(
            school=school, kind=round_.needs_designation_id, status__in=COUNTING, valid_from__lte=today
        ).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today))
        if not held.exists():
            found.append(_("申报前须已是“%s”，学校目前没有有效的这一称号。") % round_.needs_designation)
    if round_.bars_holders and _holds_title(application, today):
        found.append(_("已是有效的“%s”，不重复申报。") % round_.designation_kind)
    found += [obstacle(application) for obstacle in requirements.of_applications]
    return [text for text in found if text]


def school_obstacle(round_: Round, school: School, today: date) -> str:
    """What bars the school itself: closed, of another kind, or under a veto."""
    if school.valid_to and school.valid_to <= today:
        return _("学校已撤销。")
    if round_.school_kinds and school.kind not in round_.school_kinds:
        kinds = "、".join(str(SchoolKind(kind).label) for kind in round_.school_kinds)
        return _("本批次面向%(kinds)s，学校是%(own)s。") % {"kinds": kinds, "own": school.get_kind_display()}
    return veto_reason(school.pk, today) if round_.bars_vetoed else ""


def veto_reason(school_id: int, on: date) -> str:
    """The veto in force on a day, recorded here or known to another room; empty if there is none."""
    if reason := reasons_of([school_id], on).get(school_id):
        return _("学校在一票否决期内（%s），不得申报。") % reason
    return _elsewhere(school_id, on)


def list_vetoed(applications: Iterable[Application]) -> list[tuple[Application, str]]:
    """Those of the applications whose school is under a veto today, with the reason: they must not be chosen."""
    rows, today = list(applications), timezone.localdate()
    recorded = reasons_of({row.school_id for row in rows}, today)
    known = {row.school_id: recorded.get(row.school_id) or _elsewhere(row.school_id, today) for row in rows}
    return [(row, known[row.school_id]) for row in rows if known[row.school_id]]


def _elsewhere(school_id: int, on: date) -> str:
    return next((reason for source in veto_sources if (reason := source(school_id, on))), "")


def _holds_title(application: Application, today: date) -> bool:
    """The same title at the level of the round or above it: a district's title is no bar to the city's."""
    same = same_holder(application)
    if not same["subject_title"] or same["subject_id"]:
        # A registered thing is the same by its key, whatever it was called when it was given the title.
        del same["subject_title"]
    own = DesignationLevel.CITY if application.round.is_city else DesignationLevel.DISTRICT
    levels = DesignationLevel.values[DesignationLevel.values.index(own) :]
    return (
        Designation.objects.filter(
            **same, kind=application.round.designation_kind_id, status__in=COUNTING, level__in=levels,
        )
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today))
        .exists()
    )  # fmt: skip
