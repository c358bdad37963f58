"""The bell and the page 动态: what others did that concerns me. Returns come from here, the rest from its own room."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.access import Scope
from districts.models import Level
from districts.news import MOST, News, count_news, list_news
from portal.postgres.counting import SINCE, count_rows
from portal.workflow.models import Event
from reports.collection.models import Return
from reports.collection.process import (
    APPROVE,
    FILLERS,
    REOPEN,
    RETURN_PROCESS,
    REVIEWERS,
    SEND_BACK,
    SUBMIT,
    WITHDRAW,
)
from reports.dashboards.models import NoticeMark

DAYS = timedelta(days=30)
WORDS = {
    APPROVE: _("已通过"), SEND_BACK: _("被退回"), REOPEN: _("重新开放"), SUBMIT: _("已提交"), WITHDRAW: _("已撤回"),
}  # fmt: skip
TO_FILLERS, TO_REVIEWERS = (APPROVE, SEND_BACK, REOPEN), (SUBMIT, WITHDRAW)


@dataclass(frozen=True, slots=True)
class Notice:
    news: News
    is_new: bool


def list_notices(*, scope: Scope) -> list[Notice]:
    """What happened in the last 30 days, newest first, at most 100; from every room that has something to tell."""
    seen = _seen(scope)
    return [Notice(news, news.at > seen) for news in list_news(scope=scope, since=timezone.now() - DAYS)]


def count_new_notices(*, scope: Scope) -> int:
    """How many have not been seen, counted up to 100."""
    return count_news(scope=scope, since=max(_seen(scope), timezone.now() - DAYS))


def _seen(scope: Scope) -> datetime:
    mark = NoticeMark.objects.filter(user=scope.user_id).values_list("seen_at", flat=True).first()
    return mark or timezone.now() - DAYS


def read_returns(scope: Scope, since: datetime) -> list[News]:
    """Steps of returns as news; two queries."""
    events = list(_events(scope, since).order_by("-id")[:MOST])
    returns = Return.objects.select_related("form", "period", "school").in_bulk({e.object_id for e in events})
    return [
        News(
            f"{returns[e.object_id].form}（{returns[e.object_id].period}）",
            reverse("collection:entry", args=[e.object_id]),
            str(returns[e.object_id].school),
            str(WORDS[e.action]),
            e.comment,
            e.created_at,
        )
        for e in events
        if e.object_id in returns
    ]


def count_returns(scope: Scope, since: datetime) -> int:
    return count_rows(
        "collection.news", scope, lambda: _events(scope, SINCE).order_by().values("pk")[:MOST], since=since
    )


def _events(scope: Scope, since: datetime) -> QuerySet[Event]:
    """What reviewers did with the returns of my schools, and what the schools of my districts handed in."""
    own = Return.objects.filter(school__in=scope.unit_ids(Level.SCHOOL, FILLERS)).values("pk")
    below = Return.objects.filter(school__district__in=scope.unit_ids(Level.DISTRICT, REVIEWERS)).values("pk")
    return (
        Event.objects.filter(process=RETURN_PROCESS.name, created_at__gt=since)
        .filter(Q(action__in=TO_FILLERS, object_id__in=own) | Q(action__in=TO_REVIEWERS, object_id__in=below))
        .exclude(actor=scope.user_id)
    )
