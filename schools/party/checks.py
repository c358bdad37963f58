"""Whether organisations are set up as the regulations want it. Warnings, no refusals: there are approved exceptions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from schools.registry.models import School

from .models import PartyOrganisation, PartyOrganisationKind
from .selectors import Node

BRANCHES = (PartyOrganisationKind.BRANCH, PartyOrganisationKind.JOINT_BRANCH)
OWN_BRANCH_FROM = 3
JOINT_UNITS = 5
BRANCH_LIMIT = 50
GENERAL_FROM, COMMITTEE_FROM = 50, 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: rule of the catalogue, organisation (empty: the whole school), what is odd, and where it stands."""

    rule: str
    organisation: str
    words: str
    basis: str


def check_setup(school: School, nodes: Sequence[Node], *, members: bool) -> list[Finding]:
    """ORG-1 to ORG-4, ORG-6 and terms that ran out, over the tree of a school. Pure: no query.

    Without `members` only what follows from no count of members: a rule that counts them would tell how many there are.
    ORG-5 (a board from seven members on) needs posts, which the portal does not keep yet: the page says it as a hint.
    """
    findings = [*_school_as_a_whole(school, nodes)] if members else []
    for node in nodes:
        if node.organisation.kind not in BRANCHES:
            findings += _above(node)
        elif members:
            findings += _branch(node.organisation)
        findings += _term(node.organisation)
    return findings


def _school_as_a_whole(school: School, nodes: Sequence[Node]) -> Iterable[Finding]:
    members = sum(node.full for node in nodes if node.depth == 0)
    own = [n for n in nodes if n.organisation.kind == PartyOrganisationKind.BRANCH]
    joint = [n for n in nodes if n.organisation.kind == PartyOrganisationKind.JOINT_BRANCH]
    if members >= OWN_BRANCH_FROM and not own:
        words = _("全校正式党员 %d 人，3 人以上应单独成立党支部。") % members
        yield Finding("ORG-1", "", words, _rules_of_branches())
    if 0 < members < OWN_BRANCH_FROM and own and not joint:
        yield Finding("ORG-2", "", _("正式党员不足 3 人，应与邻近单位成立联合党支部。"), _rules_of_branches())
    if members > COMMITTEE_FROM and not _has(nodes, PartyOrganisationKind.COMMITTEE):
        yield Finding("ORG-4", "", _("正式党员 %d 人，100 人以上可设党委，须上级批准。") % members, _charter())
    elif GENERAL_FROM < members <= COMMITTEE_FROM and not _has(
        nodes, PartyOrganisationKind.GENERAL_BRANCH, PartyOrganisationKind.COMMITTEE
    ):
        yield Finding("ORG-4", "", _("正式党员 %d 人，50 人以上可设党总支，须上级批准。") % members, _charter())


def _branch(organisation: PartyOrganisation) -> Iterable[Finding]:
    count = organisation.full_members
    if count > BRANCH_LIMIT:
        words = _("支部正式党员 %d 人，一般不超过 50 人，请考虑分设。") % count
        yield Finding("ORG-3", organisation.name, words, _rules_of_branches())
    if organisation.kind == PartyOrganisationKind.JOINT_BRANCH:
        units = 1 + organisation.also_served  # type: ignore[attr-defined]
        if units > JOINT_UNITS:
            words = _("联合党支部覆盖 %d 个单位，一般不超过 5 个。") % units
            yield Finding("ORG-2", organisation.name, words, _rules_of_branches())


def _above(node: Node) -> Iterable[Finding]:
    if not node.children:
        yield Finding("ORG-6", node.organisation.name, _("下面还没有党支部，请设立或改为党支部。"), _charter())


def _term(organisation: PartyOrganisation) -> Iterable[Finding]:
    if organisation.term_end is not None and organisation.term_end < timezone.localdate():
        words = _("任期已于 %s 届满，请换届或报上级批准延期。") % _day(organisation.term_end)
        yield Finding("", organisation.name, words, _("《中国共产党基层组织选举工作条例》"))


def _has(nodes: Sequence[Node], *kinds: str) -> bool:
    return any(node.organisation.kind in kinds for node in nodes)


def _rules_of_branches() -> str:
    return _("《中国共产党支部工作条例（试行）》")


def _charter() -> str:
    return _("基层组织设置的一般规定，须上级党组织批准，可有例外")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
