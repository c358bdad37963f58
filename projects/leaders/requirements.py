"""What a round for 双带头人 asks beyond the engine: a secretary's post, and both proofs in its form."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from projects.selection.models import Application, HolderKind, Round
from schools.party.models import PartyOrganisation

from .rules import SECRETARIES
from .statements import KIND

# Codes of the two questions that a form has, beside whatever else it asks.
PARTY_PROOF, WORK_PROOF = "party_proof", "work_proof"


def no_secretary(round_: Round, applications: Sequence[Application]) -> list[str]:
    """The holder must be the secretary's post of a Party organisation in force. One query for any number of cases."""
    if round_.designation_kind.code != KIND:
        return [""] * len(applications)
    schools = {application.school_id for application in applications}
    in_force: dict[int, set[int]] = {}
    for school, unit in PartyOrganisation.objects.filter(school__in=schools, valid_to=None).values_list("school", "pk"):
        in_force.setdefault(school, set()).add(unit)
    return [_why_no_secretary(application, in_force.get(application.school_id, set())) for application in applications]


def _why_no_secretary(application: Application, organisations: Collection[int]) -> str:
    """`organisations`: those of the school that are in force. Needs `office` selected."""
    office = application.office
    if office is None or office.role not in SECRETARIES or office.valid_to is not None:
        return _("“双带头人”由在任的党组织书记申报，请从书记职务进入。")
    own = organisations if office.unit_id == application.school_id else {office.unit_id} & set(organisations)
    return "" if own else _("这个书记职务没有对应的党组织，请先在“党组织”里设立。")


def missing_proofs(round_: Round) -> list[str]:
    """A draft of a 双带头人 round names posts as holders and asks for both proofs, each as a required question."""
    if round_.designation_kind.code != KIND:
        return []
    missing = []
    if round_.holder_kind != HolderKind.POST:
        missing.append(_("“双带头人”的申报主体须是职务（书记）。"))
    required = set(round_.questions.filter(required=True).values_list("code", flat=True))
    for code, word in ((PARTY_PROOF, _("党建带头证明")), (WORK_PROOF, _("业务带头证明"))):
        if code not in required:
            missing.append(_("申报表缺必填栏目“%(word)s”（代码 %(code)s）。") % {"word": word, "code": code})
    return missing
