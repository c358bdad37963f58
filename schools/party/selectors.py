"""Reading Party organisations. Numbers only: members are not listed as persons."""

from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from districts.access import Scope, within
from schools.party.models import PartyOrganisation
from schools.registry.models import School


@dataclass(slots=True)
class Node:
    """An organisation with those under it; `full` and `probationary` include them."""

    organisation: PartyOrganisation
    depth: int
    children: list["Node"] = field(default_factory=list)

    @property
    def full(self) -> int:
        return self.organisation.full_members + sum(child.full for child in self.children)

    @property
    def probationary(self) -> int:
        return self.organisation.probationary_members + sum(child.probationary for child in self.children)


def list_organisations(*, scope: Scope, school: School) -> QuerySet[PartyOrganisation]:
    """Organisations in force of a school that the scope may see."""
    rows = PartyOrganisation.objects.filter(school=school, valid_to=None).select_related("campus", "parent")
    rows = rows.annotate(also_served=Count("also_serves"))
    return within(rows, scope).order_by("code")


def list_tree(*, scope: Scope, school: School) -> list[Node]:
    """The tree of a school in reading order, every node once; one query."""
    rows = list(list_organisations(scope=scope, school=school))
    known = {row.pk for row in rows}
    below: dict[int | None, list[PartyOrganisation]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    flat: list[Node] = []

    def grow(parent: int | None, depth: int) -> list[Node]:
        nodes = []
        for row in below.get(parent, []):
            node = Node(row, depth)
            flat.append(node)
            node.children = grow(row.pk, depth + 1)
            nodes.append(node)
        return nodes

    grow(None, 0)
    return flat


def list_joint_branches(*, scope: Scope, school: School) -> QuerySet[PartyOrganisation]:
    """Joint branches of other schools that serve this one too."""
    rows = PartyOrganisation.objects.filter(also_serves=school, valid_to=None).select_related("school")
    return rows.order_by("code")
