"""The same step for many rows at once: one lock, one update, one insert of events, whatever their number."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User

from .engine import Process, decide
from .errors import StaleError
from .models import Event, WorkflowModel

M = TypeVar("M", bound=WorkflowModel)


@transaction.atomic
def perform_many(
    *,
    actor: User,
    process: Process,
    model: type[M],
    pks: Collection[int],
    action: str,
    roles: Callable[[M], Iterable[str]],
    comment: str = "",
    related: Sequence[str] = (),
    versions: Mapping[int, int] | None = None,
    consequence: Callable[[M], None] | None = None,
    writes: Sequence[str] = (),
) -> list[M]:
    """Take `action` on all these rows or on none; returns those that it was taken on, in the order of their keys.

    For a list that is ticked and sent, or for steps that follow from a step of something else; the rows are locked and
    the engine asked for each. `related`: what `roles` reads. `versions`: row → lock_version as the form carried it; a
    row on which this actor took this very step already (a second click) is left alone, any other difference raises
    StaleError. `consequence` changes a row before it is written, in the columns `writes`.
    Raises DomainError as `engine.decide` says.
    """
    locked = model._default_manager.select_for_update(of=("self",)).filter(pk__in=pks)
    rows = list((locked.select_related(*related) if related else locked).order_by("pk"))
    if versions is not None:
        rows = _without_repeated(actor, process, rows, action, versions)
    makers = _last_actors(process, rows, {t.not_by for t in process.transitions if t.action == action and t.not_by})
    events = []
    for row in rows:
        candidate = process.find(row.status, action)
        is_maker = bool(candidate and candidate.not_by and makers.get((row.pk, candidate.not_by)) == actor.pk)
        step = decide(
            process, source=row.status, action=action, roles=roles(row), comment=comment, is_maker=is_maker
        )  # fmt: skip
        if consequence is not None:
            consequence(row)
        events.append(
            Event(
                process=process.name, object_id=row.pk, action=action, source=step.source, target=step.target,
                version=row.lock_version, actor=actor, comment=comment.strip(),
            )
        )  # fmt: skip
        row.status = step.target
        row.lock_version += 1
    model._default_manager.bulk_update(rows, ["status", "lock_version", *writes], batch_size=1000)
    Event.objects.bulk_create(events, batch_size=1000)
    return rows


def _without_repeated(
    actor: User, process: Process, rows: Sequence[M], action: str, versions: Mapping[int, int]
) -> list[M]:
    """The rows that still stand as the form showed them; StaleError if somebody else changed one or took it away."""
    changed = {row.pk for row in rows if row.lock_version != versions.get(row.pk)}
    done = {
        event.object_id
        for event in Event.objects.filter(process=process.name, object_id__in=changed, action=action, actor=actor)
        if event.version == versions.get(event.object_id)
    }
    if changed - done or len(rows) != len(versions):
        raise StaleError(_("其中有记录刚被别人更新，这次一项都没有写入。请查看最新内容后再办理。"))
    return [row for row in rows if row.pk not in done]


def _last_actors(process: Process, rows: Sequence[M], actions: Collection[str]) -> dict[tuple[int, str], int]:
    """(row, action) → who took it last; one query, none if no step asks for four eyes."""
    if not actions:
        return {}
    events = Event.objects.filter(process=process.name, object_id__in=[row.pk for row in rows], action__in=actions)
    found = events.order_by("object_id", "action", "-id").distinct("object_id", "action")
    return {(row.object_id, row.action): row.actor_id for row in found}
