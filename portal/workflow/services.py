"""The one writer of statuses: lock, compare the version, ask the engine, write status and event together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User

from .engine import Process, Transition, decide
from .errors import StaleError
from .models import Event, WorkflowModel

M = TypeVar("M", bound=WorkflowModel)

# Called inside the transaction, after the checks and before the event: the slice's own consequences of the step.
Consequence = Callable[[M, Transition], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[M]):
    obj: M
    event: Event
    # True when this call found its own earlier result (double click, retried request) and changed nothing.
    repeated: bool


@transaction.atomic
def perform(
    *,
    actor: User,
    process: Process,
    model: type[M],
    pk: int,
    action: str,
    lock_version: int,
    roles: Callable[[M], Iterable[str]],
    comment: str = "",
    consequence: Consequence[M] | None = None,
    related: Sequence[str] = (),
) -> Outcome[M]:
    """Take one step of `process` on the row `pk`.

    `lock_version` is what the form carried; `roles` answers which roles the actor holds for the locked row; `related`
    is what `roles` and the consequence read, fetched with the row and not locked.
    Raises StaleError (409) if somebody else was faster, DomainError as `engine.decide` says.
    """
    locked = model._default_manager.select_for_update(of=("self",))
    obj = (locked.select_related(*related) if related else locked).get(pk=pk)
    if obj.lock_version != lock_version:
        earlier = Event.objects.filter(
            process=process.name, object_id=pk, version=lock_version, actor=actor, action=action
        ).first()
        if earlier is not None:
            return Outcome(obj, earlier, repeated=True)
        raise StaleError(_("这条记录刚被别人更新，您的操作没有写入。请查看最新内容后再办理。"), pk=pk)

    held = frozenset(roles(obj))
    candidate = process.find(obj.status, action)
    is_maker = bool(candidate and candidate.not_by and last_actor(process, pk, candidate.not_by) == actor.pk)
    step = decide(process, source=obj.status, action=action, roles=held, comment=comment, is_maker=is_maker)

    payload = consequence(obj, step) if consequence else None
    obj.status = step.target
    obj.lock_version += 1
    obj.save()
    event = Event.objects.create(
        process=process.name,
        object_id=pk,
        action=action,
        source=step.source,
        target=step.target,
        version=lock_version,
        actor=actor,
        comment=comment.strip(),
        payload=payload or {},
    )
    return Outcome(obj, event, repeated=False)


def last_actor(process: Process, pk: int, action: str) -> int | None:
    """Who took `action` on the object last, or None."""
    return (
        Event.objects.filter(process=process.name, object_id=pk, action=action)
        .order_by("-id")
        .values_list("actor_id", flat=True)
        .first()
    )
