"""Badges, tabs and paths that the pages of this room share."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from schools.showcase.models import Brand, Exhibit, ExhibitKind, Shown

LISTS = {ExhibitKind.COURSE: "showcase:courses", ExhibitKind.CASE: "showcase:cases"}


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


def badge_of(row: Shown) -> Badge:
    if row.ended_on is not None:
        return Badge("waiting", "x", _("已停用"))
    if isinstance(row, Brand) and row.has_lost_owner:
        return Badge("back", "alert-triangle", _("支部已撤销"))
    if row.school.valid_to is not None and row.school.valid_to <= timezone.localdate():
        return Badge("waiting", "history", _("学校已撤销"))
    return Badge("done", "check", _("在用"))


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of this room, side by side."""
    words = (("brands", _("品牌")), ("sums", _("分区县")), ("courses", _("课程")), ("cases", _("案例")))
    return [{"word": word, "url": reverse(f"showcase:{name}"), "current": name == current} for name, word in words]


def crumbs(*steps: tuple[str, str]) -> list[dict[str, str]]:
    """品牌 › the steps (word, address or nothing)."""
    first = (_("品牌"), reverse("showcase:brands"))
    return [{"label": word, "url": url} for word, url in (first, *steps)]


def brand_crumbs(brand: Brand, page: str = "") -> list[dict[str, str]]:
    own = (brand.name, reverse("showcase:brand", args=[brand.pk]) if page else "")
    return crumbs(own, (page, "")) if page else crumbs(own)


def exhibit_crumbs(kind: str, exhibit: Exhibit | None = None, page: str = "") -> list[dict[str, str]]:
    steps = [(str(ExhibitKind(kind).label), reverse(LISTS[ExhibitKind(kind)]))]
    if exhibit is not None:
        steps.append((exhibit.name, reverse("showcase:exhibit", args=[exhibit.pk]) if page else ""))
    return crumbs(*steps, (page, "")) if page else crumbs(*steps)


def wants_export(request: HttpRequest) -> bool:
    return request.GET.get("export") in ("xlsx", "csv")
