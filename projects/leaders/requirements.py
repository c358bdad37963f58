"""What a round for 双带头人 asks beyond the engine: a secretary's post, and both proofs in its form."""

from django.utils.translation import gettext as _

from projects.selection.models import Application, HolderKind, Round
from schools.party.models import PartyOrganisation

from .rules import SECRETARIES
from .statements import KIND

# Codes of the two questions that a form has, beside whatever else it asks.
PARTY_PROOF, WORK_PROOF = "party_proof", "work_proof"


def no_secretary(application: Application) -> str:
    """The holder must be the secretary's post of a Party organisation in force."""
    if application.round.designation_kind.code != KIND:
        return ""
    office = application.office
    if office is None or office.role not in SECRETARIES or office.valid_to is not None:
        return _("“双带头人”由在任的党组织书记申报，请从书记职务进入。")
    in_force = PartyOrganisation.objects.filter(school=application.school_id, valid_to=None)
    own = in_force if office.unit_id == application.school_id else in_force.filter(pk=office.unit_id)
    return "" if own.exists() else _("这个书记职务没有对应的党组织，请先在“党组织”里设立。")


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
