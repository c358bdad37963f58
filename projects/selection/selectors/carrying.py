"""From a district's own round into the city's: who was chosen there, and what became of it here."""

from dataclasses import dataclass

from projects.selection.models import Application, ApplicationStatus, Round, RoundStatus

# Chosen by the district's own panel, as soon as that is public.
CHOSEN = (ApplicationStatus.PUBLIC_NOTICE, ApplicationStatus.ANNOUNCED)


@dataclass(frozen=True, slots=True)
class Carried:
    """`there`: the case in the round that this one feeds, once it was carried."""

    here: Application
    there: Application | None


def list_carried(round_: Round) -> list[Carried]:
    """The chosen cases of a round that feeds another, by school; empty before they are public. Two queries."""
    if round_.feeds_id is None or round_.status not in (RoundStatus.NOTICE, RoundStatus.ANNOUNCED):
        return []
    chosen = Application.objects.filter(round=round_, status__in=CHOSEN)
    rows = chosen.select_related("school", "organisation", "office__unit").order_by("school__code", "pk")
    carried = Application.objects.filter(round=round_.feeds_id, carried_from__in=rows).order_by("pk")
    there = {row.carried_from_id: row for row in carried}
    return [Carried(row, there.get(row.pk)) for row in rows]
