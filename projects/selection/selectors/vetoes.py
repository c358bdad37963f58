"""Reading vetoes. `in_force` is the one condition that eligibility, the page and its counts share."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from districts.access import Scope, get_within, within
from districts.selectors.search import matching
from projects.selection.models import Veto

RELATED = ("school__district", "recorded_by", "lifted_by")


def in_force(day: date) -> Q:
    """Begun, not run out, and not lifted: the day on which it is lifted is free again."""
    begun = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    return begun & (Q(lifted_at__isnull=True) | Q(lifted_at__date__gt=day))


def is_in_force(veto: Veto) -> bool:
    """The same today, for a row in hand."""
    today = timezone.localdate()
    return veto.lifted_at is None and veto.valid_from <= today and (veto.valid_to is None or veto.valid_to > today)


def list_vetoes(*, scope: Scope, filters: Mapping[str, str]) -> QuerySet[Veto]:
    """Vetoes in the scope, newest first. `filters`: q (school), district (code), state (now, past; all otherwise)."""
    rows = within(Veto.objects.select_related(*RELATED), scope)
    if text := filters.get("q", "").replace("\x00", "").strip():
        rows = rows.filter(matching(text, "school"))
    if filters.get("district"):
        rows = rows.filter(school__district__code=filters["district"])
    if filters.get("state") in ("now", "past"):
        today = in_force(timezone.localdate())
        rows = rows.filter(today) if filters["state"] == "now" else rows.exclude(today)
    return rows.order_by("-valid_from", "-pk")


def get_veto(*, scope: Scope, pk: int) -> Veto:
    """One veto; Http404 outside the scope."""
    return get_within(Veto.objects.select_related(*RELATED), scope, pk=pk)


def reasons_of(school_ids: Iterable[int], day: date) -> dict[int, str]:
    """School → the reason of its newest recorded veto in force on a day, for those that have one. One query."""
    rows = Veto.objects.filter(in_force(day), school__in=list(school_ids)).order_by("valid_from", "pk")
    return dict(rows.values_list("school_id", "reason"))
