"""Reading applications: the list, the case with its form, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from districts.access import Scope, get_within, within
from districts.models import Office, Role
from portal.workflow.models import Event
from projects.selection.models import (
    EDITABLE,
    Application,
    ApplicationStatus,
    Attachment,
    HolderKind,
    Question,
    QuestionKind,
    Round,
    Version,
)
from projects.selection.process import APPLICANT, APPLICATION_PROCESS, CHAIR, DISTRICT, KEEPER
from projects.selection.rules.access import FILLERS, is_holder_side, roles_on_application
from projects.selection.rules.completeness import Gap, count_words, find_gaps
from projects.selection.subjects import is_registered, list_subjects
from schools.party.models import PartyOrganisation
from schools.registry.models import School

RELATED = ("round__unit", "round__designation_kind", "school__district", "organisation", "office__unit", "district")
FILTERS = {"round": "round_id", "status": "status", "district": "district__code"}


def own_side(scope: Scope) -> Q:
    """Cases or titles that the scope speaks for: of its schools, organisations, posts. The same as `is_holder_side`."""
    return (
        Q(school__in=scope.unit_ids("school", FILLERS))
        | Q(organisation__in=scope.unit_ids("organisation", {Role.BRANCH_SECRETARY}))
        | Q(office__in=[grant.office_id for grant in scope.grants])
    )


def list_applications(*, scope: Scope, filters: Mapping[str, str]) -> QuerySet[Application]:
    """Applications in the scope, drafts only for their own side.

    `filters`: round (key), status, district (code), q (school or title).
    """
    rows = within(Application.objects.select_related(*RELATED), scope)
    own = Q(school__in=scope.unit_ids("school")) | Q(organisation__in=scope.unit_ids("organisation"))
    rows = rows.filter(~Q(status=ApplicationStatus.DRAFT) | own)
    for name, lookup in FILTERS.items():
        value = filters.get(name, "")
        if value and (name != "round" or (value.isascii() and value.isdigit() and len(value) < 19)):
            rows = rows.filter(**{lookup: value})
    if text := filters.get("q", "").replace("\x00", "").strip():
        rows = rows.filter(Q(school__name__icontains=text) | Q(subject_title__icontains=text))
    return rows.order_by("-round_id", "district__code", "school__code", "pk")


def get_application(*, scope: Scope, pk: int) -> Application:
    """The application; Http404 outside the scope, and for drafts of others."""
    found = get_within(Application.objects.select_related(*RELATED), scope, pk=pk)
    if found.status == ApplicationStatus.DRAFT and not is_holder_side(scope, found):
        raise Http404
    return found


def list_gaps(application: Application, version: Version) -> list[Gap]:
    """What still blocks the submission of this version."""
    files: dict[str, int] = {}
    for code in version.attachments.values_list("question", flat=True):
        files[code] = files.get(code, 0) + 1
    return find_gaps(application.round.questions.all(), version.answers, files=files, figures=version.figures)


@dataclass(frozen=True, slots=True)
class Field:
    """One question with its answer, as a row of the form and of the printed case."""

    question: Question
    answer: Any
    words: int
    files: Sequence[Attachment]
    figure: Mapping[str, str] | None
    gap: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Case:
    version: Version
    sections: Sequence[Section]
    gaps: Sequence[Gap]
    versions: Sequence[Version]
    may_edit: bool
    actions: frozenset[str]

    @property
    def asks_figures(self) -> bool:
        """Whether the form shows what the portal knows of the school."""
        return any(field.question.kind == QuestionKind.FIGURE for part in self.sections for field in part.fields)

    @property
    def reasoned(self) -> list[tuple[str, Any, Any]]:
        """Steps that need a reason: (name in the address, word, what to agree to)."""
        return [step for step in REASONED if step[0].replace("-", "_") in self.actions]


REASONED = (
    ("send-back", _("退回修改"), _("退回后学校修改并重新提交，原来的版本保留。")),
    ("refuse", _("资格不符"), _("认定后这份申报不再参加本批次。")),
    ("strike", _("取消入选"), _("从公示名单取消，公示页写明；取消后不能恢复。")),
    ("withdraw", _("退出本批次"), _("退出后这份材料不再参加评审，占用的名额随之空出。")),
)
BLANK_ROWS = 2


def get_case(*, scope: Scope, application: Application, number: int | None = None) -> Case:
    """The case in its newest version (or version `number`), with what may be done. Http404 for an unknown version."""
    versions = list(application.versions.select_related("saved_by"))
    version = next((v for v in versions if number is None or v.number == number), None)
    if version is None:
        raise Http404
    roles = roles_on_application(scope, application)
    newest = version == versions[0]
    may_edit = newest and application.status in EDITABLE and APPLICANT in roles
    gaps = list_gaps(application, version) if may_edit else []
    actions = {step.action for step in APPLICATION_PROCESS.available(application.status, roles)} if newest else set()
    return Case(version, _sections(application, version, gaps, may_edit), gaps, versions, may_edit, frozenset(actions))


def _sections(application: Application, version: Version, gaps: Sequence[Gap], may_edit: bool) -> list[Section]:
    reasons = {gap.code: gap.reason for gap in gaps}
    files: dict[str, list[Attachment]] = {}
    for attachment in version.attachments.select_related("blind"):
        files.setdefault(attachment.question, []).append(attachment)
    found: dict[str, list[Field]] = {}
    for question in application.round.questions.all():
        answer = version.answers.get(question.code, "")
        is_text = question.kind in (QuestionKind.TEXT, QuestionKind.LINE)
        field = Field(
            question, answer, count_words(answer) if is_text and answer else 0, files.get(question.code, []),
            version.figures.get(question.code), reasons.get(question.code, ""),
            _rows(question, answer, BLANK_ROWS if may_edit else 0),
        )  # fmt: skip
        found.setdefault(question.section, []).append(field)
    return [Section(title, fields) for title, fields in found.items()]


def _rows(question: Question, answer: Any, blank: int) -> list[list[str]]:
    if question.kind != QuestionKind.TABLE:
        return []
    width = len(question.columns)
    rows = [[*row, *[""] * width][:width] for row in answer or []]
    return (rows + [[""] * width] * blank)[: question.max_items]


def list_events(application: Application) -> list[Event]:
    """The steps taken, latest first. Steps that would tell of held decisions are none: they are taken at once."""
    rows = Event.objects.filter(process=APPLICATION_PROCESS.name, object_id=application.pk)
    return list(rows.select_related("actor").order_by("-id"))


def get_attachment(*, scope: Scope, application: Application, pk: int) -> Attachment:
    """A file of any version of the case, for its own side, its district and the keepers of the round."""
    if not roles_on_application(scope, application) & {APPLICANT, DISTRICT, KEEPER, CHAIR} and not scope.sees_city:
        raise Http404
    found = Attachment.objects.filter(version__application=application, pk=pk).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that the scope could enter into a round: a value for the form, and its name."""

    value: str
    label: str


def list_candidates(*, scope: Scope, round_: Round) -> list[Candidate]:
    """What the holder of the scope may enter: own schools, their organisations, posts, or registered things."""
    ids = scope.unit_ids("school", {Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK})
    schools = School.objects.filter(pk__in=ids).order_by("code")
    found: list[Candidate] = []
    for school in schools:
        if round_.holder_kind == HolderKind.SCHOOL:
            found.append(Candidate(f"{school.pk}", school.name))
        elif round_.holder_kind == HolderKind.ORGANISATION:
            units = school.party_organisations.filter(valid_to=None).order_by("code")
            found += [Candidate(f"{school.pk}:{unit.pk}", unit.name) for unit in units]
        elif round_.holder_kind == HolderKind.POST:
            offices = school.offices.filter(role=Role.SCHOOL_SECRETARY, valid_to=None)
            found += [Candidate(f"{school.pk}:{o.pk}", f"{school.name} {o.get_role_display()}") for o in offices]
        else:
            found += _things(school, round_.holder_kind)
    return found


def _things(school: School, kind: str) -> list[Candidate]:
    """What its room keeps; of a kind that no room keeps, the school itself with a name that is typed."""
    if not is_registered(kind):
        return [Candidate(f"{school.pk}", school.name)]
    return [Candidate(f"{school.pk}:{s.pk}", f"{s.title}（{school.name}）") for s in list_subjects(kind, school.pk)]


def find_candidate(*, scope: Scope, round_: Round, value: str) -> dict[str, Any] | None:
    """The holder behind a value of `list_candidates`, as arguments of `begin_application`; None for anything else."""
    if value not in {candidate.value for candidate in list_candidates(scope=scope, round_=round_)}:
        return None
    school, _colon, part = value.partition(":")
    found: dict[str, Any] = {"school": School.objects.get(pk=school)}
    if part and round_.holder_kind == HolderKind.ORGANISATION:
        found["organisation"] = PartyOrganisation.objects.get(pk=part)
    elif part and round_.holder_kind == HolderKind.POST:
        found["office"] = Office.objects.get(pk=part)
    elif part:
        found["subject_id"] = int(part)
    return found
