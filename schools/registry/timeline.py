"""The life of a school as dated sentences, from its first day to today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from districts.models import Affiliation

from .models import School


@dataclass(frozen=True, slots=True)
class Moment:
    day: date
    what: str
    basis: str = ""


def tell(
    school: School, affiliations: Iterable[Affiliation], *, successors: Iterable[School], predecessors: Iterable[School]
) -> list[Moment]:
    """Latest first. `affiliations` in any order."""
    spans = sorted(affiliations, key=lambda item: item.valid_from)
    moments = []
    for before, item in zip([None, *spans], spans, strict=False):
        closing = item.valid_to is not None and item.valid_to == school.valid_to
        moments.append(Moment(item.valid_from, _arrival(before, item), "" if closing else item.reason))
    if school.valid_to is not None:
        into = "、".join(other.name for other in successors)
        basis = spans[-1].reason if spans else ""
        moments.append(Moment(school.valid_to, _("并入 %s，学校撤销") % into if into else _("学校撤销"), basis))
    moments += [
        Moment(other.valid_to, _("%s 并入本校") % other.name) for other in predecessors if other.valid_to is not None
    ]
    return sorted(moments, key=lambda moment: moment.day, reverse=True)


def _arrival(before: Affiliation | None, item: Affiliation) -> str:
    place = f"{item.district.name} {item.zone.name}" if item.zone else item.district.name
    if before is None:
        return _("登记，隶属 %s") % place
    if before.district_id != item.district_id:
        return _("由 %(old)s 划入 %(new)s") % {"old": before.district.name, "new": place}
    return _("调入 %s") % item.zone.name if item.zone else _("不再属于任何片区")
