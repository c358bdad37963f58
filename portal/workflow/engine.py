"""The pure half of the workflow: processes as frozen data, and the question which transition applies."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .errors import DomainError


@dataclass(frozen=True, slots=True)
class Transition:
    """`source` --`action`--> `target`, open to the holders of `roles`."""

    source: str
    action: str
    target: str
    roles: frozenset[str]
    comment_required: bool = False
    # The person who did `not_by` last may not take this step (four eyes).
    not_by: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    name: str
    states: frozenset[str]
    initial: str
    transitions: tuple[Transition, ...]
    action_labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        for step in self.transitions:
            if not {step.source, step.target} <= self.states:
                raise ValueError(f"{self.name}: unknown state in {step}")
            if (step.source, step.action) in seen:
                raise ValueError(f"{self.name}: two transitions for {step.source} {step.action}")
            seen.add((step.source, step.action))

    @property
    def actions(self) -> frozenset[str]:
        return frozenset(step.action for step in self.transitions)

    def find(self, source: str, action: str) -> Transition | None:
        return next((t for t in self.transitions if t.source == source and t.action == action), None)

    def available(self, source: str, roles: Iterable[str]) -> tuple[Transition, ...]:
        """Every transition that a holder of `roles` may take from `source`."""
        held = frozenset(roles)
        return tuple(t for t in self.transitions if t.source == source and t.roles & held)


def decide(
    process: Process,
    *,
    source: str,
    action: str,
    roles: Iterable[str],
    comment: str = "",
    is_maker: bool = False,
) -> Transition:
    """Return the transition, or raise DomainError `no_transition`, `forbidden`, `comment_required`, `four_eyes`."""
    step = process.find(source, action)
    if step is None:
        raise DomainError("no_transition", _("当前状态下不能这样办理，请刷新页面查看最新进展。"), status=409)
    if not step.roles & frozenset(roles):
        raise DomainError("forbidden", _("您的职务不能办理这一步。"), status=403)
    if step.not_by and is_maker:
        raise DomainError("four_eyes", _("提交人不能审核自己提交的内容，请由另一位审核员办理。"), status=403)
    if step.comment_required and not comment.strip():
        raise DomainError("comment_required", _("请写明原因，对方要据此修改。"))
    return step
