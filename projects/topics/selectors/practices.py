"""Where topics are applied, and what may be chosen when that is entered."""

from django.db.models import Q, QuerySet

from districts.access import Scope, within
from districts.models import Level, Role
from projects.selection.models import COUNTING, Designation
from projects.selection.rules.access import FILLERS
from projects.topics.models import BEFORE, Practice, Topic
from schools.party.models import PartyOrganisation
from schools.registry.models import School
from schools.showcase.models import Brand, Exhibit


def list_practices(topic: Topic) -> list[Practice]:
    """Where the topic is and was applied, what goes on first."""
    rows = topic.practices.select_related("school__district", "organisation", "brand", "designation__kind")
    return sorted(rows, key=lambda row: (row.ended_on is not None, row.since))


def list_at_school(school: School) -> list[Practice]:
    """What is applied at a school today, whoever studied it. Titles of funded topics are public."""
    rows = Practice.objects.filter(school=school, ended_on=None).exclude(topic__status__in=BEFORE)
    return list(rows.select_related("topic__school", "organisation", "brand", "school").order_by("since", "pk"))


def is_applied(shown: Brand | Exhibit) -> bool:
    """Whether a topic was ever applied in a brand: then its register keeps it."""
    return isinstance(shown, Brand) and Practice.objects.filter(brand=shown).exists()


def get_practice(*, topic: Topic, pk: int) -> Practice | None:
    return topic.practices.select_related("school", "organisation", "brand").filter(pk=pk).first()


def find_school(*, scope: Scope, code: str) -> School | None:
    """A school of the scope by its code, or None."""
    return within(School.objects.filter(valid_to=None), scope).filter(code=code.strip().replace("\x00", "")).first()


def list_organisations(school: School) -> QuerySet[PartyOrganisation]:
    return PartyOrganisation.objects.filter(school=school, valid_to=None).order_by("code")


def list_brands(school: School) -> QuerySet[Brand]:
    """Brands that the school keeps up today."""
    return Brand.objects.filter(school=school, ended_on=None).order_by("name")


def list_titles(school: School, besides: Topic) -> QuerySet[Designation]:
    """Titles of the school that an application may stand behind; not the topic's own."""
    rows = Designation.objects.filter(school=school, status__in=COUNTING).select_related("kind", "school")
    mine = Q(topic=besides) | Q(predecessor__topic=besides)
    return rows.exclude(pk__in=Designation.objects.filter(mine).values("pk")).order_by("-valid_from", "pk")


def list_own_schools(*, scope: Scope) -> QuerySet[School]:
    """Schools that this person may register topics for."""
    branches = scope.unit_ids(Level.ORGANISATION, (Role.BRANCH_SECRETARY,))
    of_branches = PartyOrganisation.objects.filter(pk__in=branches).values("school")
    mine = Q(pk__in=scope.unit_ids(Level.SCHOOL, FILLERS)) | Q(pk__in=of_branches)
    return School.objects.filter(mine, valid_to=None).order_by("code")


def list_own_organisations(*, scope: Scope, school: School) -> QuerySet[PartyOrganisation]:
    """Organisations that may carry a topic: all of the own school; for a branch secretary the own branch."""
    rows = list_organisations(school)
    if scope.roles_at(school.pk) & FILLERS:
        return rows
    return rows.filter(pk__in=scope.unit_ids(Level.ORGANISATION, (Role.BRANCH_SECRETARY,)))
