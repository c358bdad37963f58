"""What a call for research topics asks beyond the engine: topics as holders, rules to fund by, one call at a time."""

from collections.abc import Container, Mapping, Sequence

from django.utils.translation import gettext as _

from projects.selection.models import Application, HolderKind, Round

from .models import Regulation, Topic
from .selectors.calls import APPLICABLE, KIND, find_live_rounds


def not_applicable(round_: Round, applications: Sequence[Application]) -> list[str]:
    """Each topic is registered, and stands in no other call of the same level. Two queries for any number of cases."""
    if round_.designation_kind.code != KIND:
        return [""] * len(applications)
    topics = {application.subject_id for application in applications}
    known = set(Topic.objects.filter(APPLICABLE, pk__in=topics).values_list("pk", "school_id"))
    elsewhere = find_live_rounds(topics, besides=round_, level=round_.unit.level)
    return [_why_not(application, known, elsewhere) for application in applications]


def _why_not(application: Application, known: Container[tuple[int, int]], elsewhere: Mapping[int, str]) -> str:
    """`known`: (topic, school) that may apply; `elsewhere`: topic → the call that it stands in already."""
    if (application.subject_id, application.school_id) not in known:
        return _("课题须先登记，且没有立项、没有撤销登记。")
    if application.subject_id in elsewhere:
        return _("这个课题正在“%s”申报。") % elsewhere[application.subject_id]
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
