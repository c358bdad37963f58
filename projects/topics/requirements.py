"""What a call for research topics asks beyond the engine: topics as holders, rules to fund by, one call at a time."""

from django.utils.translation import gettext as _

from projects.selection.models import Application, HolderKind, Round

from .models import Regulation, Topic
from .selectors.calls import APPLICABLE, KIND, find_live_case


def not_applicable(application: Application) -> str:
    """The topic is registered, and stands in no other call of the same level."""
    if application.round.designation_kind.code != KIND:
        return ""
    if not Topic.objects.filter(APPLICABLE, pk=application.subject_id, school=application.school_id).exists():
        return _("课题须先登记，且没有立项、没有撤销登记。")
    level = application.round.unit.level
    other = find_live_case(application.subject_id, besides=application.pk, level=level)
    if other is not None and other.round_id != application.round_id:
        return _("这个课题正在“%s”申报。") % other.round.title
    return ""


def missing_for_topics(round_: Round) -> list[str]:
    """A draft of a call names topics as holders, and there are rules under which to fund them."""
    if round_.designation_kind.code != KIND:
        return []
    missing = []
    if round_.holder_kind != HolderKind.TOPIC:
        missing.append(_("课题批次的申报主体须是课题。"))
    if not Regulation.objects.exists():
        missing.append(_("还没有课题管理规则，请先在“党建课题—管理规则”里发布。"))
    return missing
