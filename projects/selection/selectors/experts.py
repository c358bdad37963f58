"""The expert register, and what its forms need."""

from collections import Counter

from django.db.models import Prefetch, QuerySet
from django.http import Http404

from districts.access import Scope
from districts.models import Level, Office, Role, Unit
from projects.selection.models import Expert, Tie


def list_experts() -> QuerySet[Expert]:
    """Everybody in the register with employer and declared ties."""
    ties = Prefetch("ties", Tie.objects.select_related("unit"))
    return Expert.objects.filter(is_active=True).select_related("office__user", "employer").prefetch_related(ties)


def get_own_expert(*, scope: Scope) -> Expert | None:
    """The register entry behind the scope's own office."""
    offices = [grant.office_id for grant in scope.grants]
    return Expert.objects.filter(office__in=offices).prefetch_related("ties__unit").first()


def list_free_offices() -> QuerySet[Office]:
    """Expert offices in force that are not in the register yet."""
    return Office.objects.filter(role=Role.EXPERT, valid_to=None).exclude(expert__is_active=True).select_related("user")


def get_expert(pk: int) -> Expert:
    """An active entry of the register; Http404 otherwise."""
    found = list_experts().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def list_offices_of(expert: Expert) -> QuerySet[Office]:
    """The one office of an entry, for its form."""
    return Office.objects.filter(pk=expert.office_id).select_related("user")


def find_unit(code: str) -> Unit | None:
    """A school, district or Party organisation by its code."""
    levels = (Level.SCHOOL, Level.DISTRICT, Level.ORGANISATION, Level.GROUP)
    return Unit.objects.filter(code=code.strip(), level__in=levels).first()


def count_expertise() -> dict[str, int]:
    """Field of expertise → how many experts of the register have it."""
    rows = Expert.objects.filter(is_active=True).values_list("expertise", flat=True)
    return dict(Counter(word for words in rows for word in words))
