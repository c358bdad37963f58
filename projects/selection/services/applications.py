"""A case from its first line to the district's decision that it may stand."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Office
from districts.selectors.units import get_district_of
from portal.accounts.models import User
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.services import Outcome, perform
from projects.selection import subjects
from projects.selection.known_figures import known_figures
from projects.selection.models import (
    EDITABLE,
    GONE,
    Application,
    ApplicationStatus,
    HolderKind,
    QuestionKind,
    Recommendation,
    Round,
    RoundStatus,
    StageKind,
    Version,
)
from projects.selection.process import APPLICATION_PROCESS
from projects.selection.rules.access import is_holder_side, roles_on_application, roles_on_round
from projects.selection.rules.dates import require_open
from projects.selection.selectors.cases import list_gaps
from projects.selection.selectors.eligibility import list_obstacles
from schools.party.models import PartyOrganisation
from schools.registry.models import School

from .eligibility import CASE, require_checkable
from .notes import leave_notes


@transaction.atomic
def begin_application(
    *, actor: User, scope: Scope, round_id: int, school: School, organisation: PartyOrganisation | None = None,
    office: Office | None = None, subject_id: int = 0, subject_title: str = "",
) -> Application:  # fmt: skip
    """An empty case with the known figures pulled in; a second call finds the first one's case.

    DomainError `closed`, `not_eligible` (with `obstacles`), `forbidden`, `subject`.
    """
    round_ = Round.objects.select_related("unit", "designation_kind", "needs_designation").get(pk=round_id)
    application = Application(
        round=round_, status=ApplicationStatus.DRAFT, holder_kind=round_.holder_kind, school=school,
        organisation=organisation, office=office, subject_id=subject_id, subject_title=subject_title.strip(),
        district=get_district_of(school.pk),
    )  # fmt: skip
    if not is_holder_side(scope, application):
        raise DomainError("forbidden", _("只有申报主体所在的学校可以申报。"), status=403)
    if round_.status != RoundStatus.OPEN:
        raise DomainError("closed", _("这个批次现在不接受申报。"), status=409)
    require_open(round_, StageKind.APPLICATION)
    _check_subject(application)
    if (known := _find_renamed(application)) is not None:
        return known
    if not round_.is_city and application.district_id != round_.unit_id:
        raise DomainError("not_eligible", _("这是别的区县组织的批次。"), obstacles=[])
    if obstacles := list_obstacles(application):
        raise DomainError("not_eligible", "".join(obstacles), obstacles=obstacles)
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError:
        return _find_same(application)
    Version.objects.create(application=application, number=1, saved_by=actor, figures=pull_figures(application))
    return application


def _find_same(new: Application) -> Application:
    """The case that was begun a moment earlier (double click), or before."""
    return (
        Application.objects.filter(
            round=new.round, holder_kind=new.holder_kind, school=new.school, organisation=new.organisation,
            office=new.office, subject_id=new.subject_id, subject_title=new.subject_title,
        )
        .order_by("-id")[:1]
        .get()
    )  # fmt: skip


def _find_renamed(new: Application) -> Application | None:
    """The live case of the same registered thing, which may have had another name when it was begun."""
    if not new.subject_id:
        return None
    rows = Application.objects.filter(round=new.round, holder_kind=new.holder_kind, subject_id=new.subject_id)
    return rows.filter(school=new.school).exclude(status__in=GONE).first()


def _check_subject(application: Application) -> None:
    kind = application.holder_kind
    missing = {
        HolderKind.ORGANISATION: application.organisation is None,
        HolderKind.POST: application.office is None,
    }.get(HolderKind(kind), False)
    if missing:
        raise DomainError("subject", _("请选择申报的党组织或任职。"), field="subject")
    if kind not in (HolderKind.BRAND, HolderKind.COURSE, HolderKind.TOPIC, HolderKind.CASE):
        return
    if subjects.is_registered(kind):
        known = {s.pk: s.title for s in subjects.list_subjects(kind, application.school_id)}
        if application.subject_id not in known:
            raise DomainError("subject", _("请从本校已登记的项目里选择。"), field="subject")
        application.subject_title = known[application.subject_id]
    elif not application.subject_title:
        raise DomainError("subject", _("请写明申报的名称。"), field="subject")


def pull_figures(application: Application) -> dict[str, dict[str, str]]:
    """The known figures that the form asks for: question code → value, label, day."""
    wanted = {q.indicator: q.code for q in application.round.questions.all() if q.kind == QuestionKind.FIGURE}
    if not wanted:
        return {}
    known = known_figures(application.school_id, list(wanted), timezone.localdate())
    return {wanted[code]: {**asdict(figure), "as_of": figure.as_of.isoformat()} for code, figure in known.items()}


@transaction.atomic
def save_answers(
    *, actor: User, scope: Scope, application_id: int, answers: Mapping[str, Any], seen_version: int
) -> Version:
    """Store some answers of the open version (autosave of one, or the whole form); unknown questions are ignored.

    Too long is stored too: nothing typed is lost, the completeness list says what to cut. `seen_version`: number of
    the version that the form was opened with; StaleError if another one is open by now. DomainError `locked`.
    """
    application, version = lock_open(scope, application_id)
    if version.number != seen_version:
        raise StaleError(_("这份材料已有新的版本，您填的没有写入。请刷新后再改。"))
    known = {q.code: q for q in application.round.questions.all()}
    for code, value in answers.items():
        if code in known and known[code].kind not in (QuestionKind.FILE, QuestionKind.FIGURE):
            version.answers[code] = _clean(known[code].kind, value, known[code].max_items)
    version.saved_by = actor
    version.save(update_fields=["answers", "saved_by", "saved_at"])
    return version


def _clean(kind: str, value: Any, max_items: int) -> Any:
    if kind == QuestionKind.TABLE:
        rows = [[str(cell).strip() for cell in row] for row in value]
        return [row for row in rows if any(row)][:max_items]
    if kind == QuestionKind.NAMES:
        return [str(name).strip() for name in value if str(name).strip()][:200]
    text = str(value).replace("\x00", "").replace("\r\n", "\n")
    return " ".join(text.split()) if kind == QuestionKind.LINE else text.strip()


@transaction.atomic
def refresh_figures(*, actor: User, scope: Scope, application_id: int) -> Version:
    """Pull the known figures anew into the open version."""
    application, version = lock_open(scope, application_id)
    version.figures = pull_figures(application)
    version.save(update_fields=["figures", "saved_at"])
    return version


def lock_open(scope: Scope, application_id: int) -> tuple[Application, Version]:
    """The locked case and its open version. DomainError `forbidden` (403), `locked` (409), `closed` (409)."""
    application = Application.objects.select_for_update(of=("self",)).select_related(*CASE).get(pk=application_id)
    if not is_holder_side(scope, application):
        raise DomainError("forbidden", _("只有申报单位可以修改申报材料。"), status=403)
    if application.status not in EDITABLE:
        raise DomainError("locked", _("材料已提交，不能修改。要改请先撤回，或请区县退回。"), status=409)
    require_editable(application)
    return application, application.versions.order_by("-number")[:1].get()


def require_editable(application: Application) -> None:
    """The application stage; a returned case may also be mended while eligibility or recommendation run."""
    round_ = application.round
    if round_.status != RoundStatus.OPEN:
        raise DomainError("closed", _("这个批次现在不接受申报。"), status=409)
    if application.status == ApplicationStatus.RETURNED:
        for kind in (StageKind.ELIGIBILITY, StageKind.RECOMMENDATION):
            try:
                require_open(round_, kind)
            except DomainError:
                continue
            return
    require_open(round_, StageKind.APPLICATION)


def submit_application(*, actor: User, scope: Scope, application_id: int, lock_version: int) -> Outcome[Application]:
    """Hand the case in: its version is frozen. DomainError `incomplete` (with `gaps`), `closed`, `not_eligible`."""

    def hand_in(application: Application, step: Transition) -> dict[str, Any]:
        require_editable(application)
        version = application.versions.order_by("-number")[:1].get()
        if gaps := list_gaps(application, version):
            raise DomainError("incomplete", _("还有 %d 处要补，补齐即可提交。") % len(gaps), gaps=gaps)
        if obstacles := list_obstacles(application):
            raise DomainError("not_eligible", "".join(obstacles), obstacles=obstacles)
        application.submitted_at = version.frozen_at = timezone.now()
        version.save(update_fields=["frozen_at"])
        return {"version": version.number}

    return _step(actor, scope, application_id, lock_version, "submit", consequence=hand_in)


def recall_application(*, actor: User, scope: Scope, application_id: int, lock_version: int) -> Outcome[Application]:
    """The holder takes the case back to change it, before anybody has checked it: a new version opens."""

    def reopen(application: Application, step: Transition) -> dict[str, Any]:
        require_open(application.round, StageKind.APPLICATION)
        return _open_version(application, actor)

    return _step(actor, scope, application_id, lock_version, "recall", consequence=reopen)


def send_back_application(
    *, actor: User, scope: Scope, application_id: int, lock_version: int, reason: str
) -> Outcome[Application]:
    """Return the case for mending, with a reason; the old version is kept, a new one opens. DomainError `closed`."""

    def reopen(application: Application, step: Transition) -> dict[str, Any]:
        require_checkable(application)
        return _open_version(application, actor)

    return _step(actor, scope, application_id, lock_version, "send_back", comment=reason, consequence=reopen)


def accept_application(*, actor: User, scope: Scope, application_id: int, lock_version: int) -> Outcome[Application]:
    """The case is eligible; DomainError `not_eligible` if something bars the holder by now, `closed`."""

    def check(application: Application, step: Transition) -> dict[str, Any]:
        require_checkable(application)
        if obstacles := list_obstacles(application):
            raise DomainError("not_eligible", "".join(obstacles), obstacles=obstacles)
        return {}

    return _step(actor, scope, application_id, lock_version, "accept", consequence=check)


def refuse_application(
    *, actor: User, scope: Scope, application_id: int, lock_version: int, reason: str
) -> Outcome[Application]:
    """The case is not eligible, with a reason that the applicant reads. DomainError `closed`."""

    def check(application: Application, step: Transition) -> dict[str, Any]:
        require_checkable(application)
        return {}

    return _step(actor, scope, application_id, lock_version, "refuse", comment=reason, consequence=check)


def withdraw_application(
    *, actor: User, scope: Scope, application_id: int, lock_version: int, reason: str
) -> Outcome[Application]:
    """The holder leaves the round; a place that the case held is free again."""

    def leave(application: Application, step: Transition) -> dict[str, Any]:
        Recommendation.objects.filter(application=application).delete()
        return {}

    return _step(actor, scope, application_id, lock_version, "withdraw", comment=reason, consequence=leave)


def strike_application(
    *, actor: User, scope: Scope, application_id: int, lock_version: int, reason: str
) -> Outcome[Application]:
    """The chair takes a case off the list that is on public notice: a veto, or what came to light without objection."""
    return _step(actor, scope, application_id, lock_version, "strike", comment=reason)


@transaction.atomic
def carry_forward(*, actor: User, scope: Scope, application_id: int) -> Application:
    """From a district's own round into the city round that it feeds: a draft with the answers of the same questions.

    A second call finds the first one's case. DomainError `not_selected`, `feeds_nothing`, `forbidden`, `closed`,
    `not_eligible` (with `obstacles`).
    """
    source = Application.objects.select_related("round__unit", "round__feeds__unit", "school").get(pk=application_id)
    if not roles_on_round(scope, source.round):
        raise DomainError("forbidden", _("只有区县可以推送到市级批次。"), status=403)
    if source.round.feeds is None:
        raise DomainError("feeds_nothing", _("这个批次没有对应的市级批次。"))
    if source.status not in (
        ApplicationStatus.SHORTLISTED,
        ApplicationStatus.PUBLIC_NOTICE,
        ApplicationStatus.ANNOUNCED,
    ):
        raise DomainError("not_selected", _("只有区县评审入选的才能推送。"))
    target = source.round.feeds
    if target.status != RoundStatus.OPEN:
        raise DomainError("closed", _("市级批次现在不接受申报。"), status=409)
    require_open(target, StageKind.APPLICATION)
    known = set(target.questions.values_list("code", flat=True))
    new = Application(
        round=target, status=ApplicationStatus.DRAFT, holder_kind=source.holder_kind, school=source.school,
        organisation=source.organisation, office=source.office, subject_id=source.subject_id,
        subject_title=source.subject_title, district=source.district, carried_from=source,
    )  # fmt: skip
    if obstacles := list_obstacles(new):
        raise DomainError("not_eligible", "".join(obstacles), obstacles=obstacles)
    try:
        with transaction.atomic():
            new.save()
    except IntegrityError:
        return _find_same(new)
    latest = source.versions.order_by("-number")[:1].get()
    answers = {code: value for code, value in latest.answers.items() if code in known}
    Version.objects.create(application=new, number=1, saved_by=actor, answers=answers, figures=pull_figures(new))
    return new


@transaction.atomic
def carry_chosen(*, actor: User, scope: Scope, round_id: int, application_ids: Sequence[int]) -> list[Application]:
    """`carry_forward` for several cases of one round, all of them or none. DomainError also `nobody`."""
    own = set(Application.objects.filter(round=round_id, pk__in=application_ids).values_list("pk", flat=True))
    if not own:
        raise DomainError("nobody", _("请勾选要推送的单位。"))
    return [carry_forward(actor=actor, scope=scope, application_id=pk) for pk in sorted(own)]


def _open_version(application: Application, actor: User) -> dict[str, Any]:
    """A copy of the frozen version to work on; files are taken along by reference."""
    old = application.versions.order_by("-number")[:1].get()
    new = Version.objects.create(
        application=application, number=old.number + 1, answers=old.answers, figures=old.figures, saved_by=actor
    )
    files = list(old.attachments.all())
    for row in files:
        row.pk, row.version = None, new
    type(files[0]).objects.bulk_create(files) if files else None
    return {"version": new.number}


def _step(
    actor: User, scope: Scope, application_id: int, lock_version: int, action: str, *, comment: str = "",
    consequence: Any = None,
) -> Outcome[Application]:  # fmt: skip
    def run(application: Application, step: Transition) -> dict[str, Any]:
        payload: dict[str, Any] = consequence(application, step) if consequence else {}
        leave_notes([application])
        return payload

    return perform(
        actor=actor, process=APPLICATION_PROCESS, model=Application, pk=application_id, action=action,
        lock_version=lock_version, roles=lambda row: roles_on_application(scope, row), comment=comment,
        consequence=run, related=CASE,
    )  # fmt: skip
