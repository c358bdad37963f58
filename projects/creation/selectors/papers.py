"""Reading papers, their steps and their files."""

from districts.access import Scope, get_within
from portal.workflow.models import Event
from projects.creation.models import Evidence, Paper
from projects.creation.process import PAPER_PROCESS


def get_paper(*, scope: Scope, pk: int) -> Paper:
    """One paper with its build; Http404 outside the scope."""
    rows = Paper.objects.select_related(
        "designation__kind", "designation__school__district", "designation__organisation",
        "designation__office__unit", "designation__district", "saved_by",
    )  # fmt: skip
    return get_within(rows, scope, pk=pk)


def list_evidence(paper: Paper) -> list[Evidence]:
    return list(paper.evidence.all())


def get_evidence(*, paper: Paper, pk: int) -> Evidence | None:
    return paper.evidence.filter(pk=pk).first()


def list_steps(paper: Paper) -> list[Event]:
    """The steps taken with the paper, latest first."""
    rows = Event.objects.filter(process=PAPER_PROCESS.name, object_id=paper.pk).select_related("actor")
    return list(rows.order_by("-id"))
