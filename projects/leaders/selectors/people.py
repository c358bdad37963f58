"""Finding a mentee by the code of the school or organisation: nobody is looked up by name."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.models import Office
from portal.workflow.errors import DomainError
from projects.leaders.people import Person
from projects.leaders.rules import SECRETARIES
from schools.party.models import PartyOrganisation
from schools.registry.models import School


def find_person(*, code: str, number: int | None) -> Person:
    """A teacher of the school with this code, or (without a number) the secretary in office of the unit with it.

    Any school of the city: a studio teaches beyond its district. DomainError `unit`, `nobody`.
    """
    code = code.strip()
    school = School.objects.filter(code=code, valid_to=None).first()
    organisation = PartyOrganisation.objects.select_related("school").filter(code=code, valid_to=None).first()
    if school is None and (organisation is None or number is not None):
        raise DomainError("unit", _("没有找到这个代码的单位。教师请写学校代码。"), field="mentee_unit")
    if number is not None:
        assert school is not None
        return Person(school, number=number)
    today = timezone.localdate()
    in_force = Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))
    office = Office.objects.select_related("unit").filter(in_force, unit__code=code, role__in=SECRETARIES).first()
    if office is None:
        raise DomainError("nobody", _("这个单位没有在任的书记，请先任命。"), field="mentee_unit")
    return Person(school or organisation.school, office=office)  # type: ignore[union-attr]
