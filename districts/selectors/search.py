"""The one place where units, schools above all, are looked up by what people type."""

import re
import unicodedata

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Length, NullIf
from django.db.models.lookups import Exact

from districts.access import Scope, within
from districts.models import Affiliation, Level, Unit

SHOWN = (Level.DISTRICT, Level.SCHOOL, Level.GROUP)
LATIN = re.compile(r"^[a-z ]+$")
FORGIVING_FROM, FORGIVING_TO = 4, 12


def search_units(*, scope: Scope, text: str, limit: int = 20) -> QuerySet[Unit]:
    """Units in the scope that match Chinese characters, code, pinyin or initials (jqzx → 聚奎中学), best first.

    Among equals, a unit that is called by as many characters as letters were typed comes first: whoever types four
    letters means a name of four characters, and not four in the middle of 江津第19九年制学校.
    """
    words = _clean(text)
    units = visible_units(scope)
    if not words:
        return units.none()
    rank = [When(Q(name=words) | Q(short_name=words) | Q(code__iexact=words), then=Value(0))]
    rank.append(When(Q(name__istartswith=words) | Q(short_name__istartswith=words), then=Value(1)))
    letters = words.replace(" ", "")
    if LATIN.match(words):
        rank.append(When(initials__endswith=letters, then=Value(2)))
        rank.append(When(initials__contains=letters, then=Value(3)))
    order = Case(*rank, default=Value(9), output_field=IntegerField())
    called = Length(Coalesce(NullIf("short_name", Value("")), "name"))
    found = units.filter(matching(words, forgiving=True), level__in=SHOWN).annotate(
        rank=order, misfit=Case(When(Exact(called, len(letters)), then=Value(0)), default=Value(1)), place=_place()
    )
    return found.order_by("rank", "misfit", "code")[:limit]


def matching(text: str, at: str = "", *, forgiving: bool = False) -> Q:
    """Which units fit what somebody typed: name, short name, code, pinyin or initials; blanks fit none.

    `at` leads from the searched rows to the unit ("school"). Who is `forgiving` allows for one wrong letter.
    """
    words, to = _clean(text), f"{at}__" if at else ""
    if not words:
        return Q(**{f"{to}pk": None})

    def where(lookup: str, value: str) -> Q:
        return Q(**{f"{to}{lookup}": value})

    found = where("name__icontains", words) | where("short_name__icontains", words) | where("code__istartswith", words)
    letters = words.replace(" ", "")
    if LATIN.match(words):
        found |= where("initials__contains", letters) | where("pinyin__contains", letters)
        if forgiving and FORGIVING_FROM <= len(letters) <= FORGIVING_TO:
            for place in range(len(letters)):
                found |= where("initials__regex", f"{letters[:place]}.{letters[place + 1 :]}")
    return found


def _clean(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\0", "").strip().lower()[:60]


def _place() -> Subquery:
    """The district of a school, which tells one 实验小学 from the next."""
    current = Affiliation.objects.filter(unit_id=OuterRef("pk"), valid_to=None)
    return Subquery(current.values("district__short_name")[:1])


def visible_units(scope: Scope) -> QuerySet[Unit]:
    """Every unit that the scope may open: all for the city, a district with its schools, a school itself."""
    return within(Unit.objects.all(), scope)
