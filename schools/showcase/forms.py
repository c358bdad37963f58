"""Forms of this room. What a service checks is not checked here again."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.ui.widgets import Day
from schools.party.models import PartyOrganisation
from schools.registry.models import School

from .models import Brand, ExhibitKind, OwnerKind, Reach


class BrandForm(forms.Form):
    name = forms.CharField(
        label=_("品牌名称"), max_length=60, help_text=_("例如“圆善红烛 立人先锋”。不用个人姓名命名。")
    )
    owner_kind = forms.ChoiceField(label=_("归属"))
    organisation = forms.ModelChoiceField(
        label=_("所属支部"), queryset=PartyOrganisation.objects.none(), required=False, empty_label=_("无"),
        help_text=_("只有支部品牌填。支部撤销后品牌不再计数，须改归别的支部或停用。"),
    )  # fmt: skip
    parent = forms.ModelChoiceField(
        label=_("上级品牌"), queryset=Brand.objects.none(), required=False, empty_label=_("无"),
        help_text=_("支部品牌属于学校哪一个品牌，没有就不填。"),
    )  # fmt: skip
    concept = forms.CharField(
        label=_("品牌理念"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("名称取自哪里、表达什么、怎样和育人结合。不超过 500 字。"),
    )  # fmt: skip
    elements = forms.CharField(
        label=_("品牌要素"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("一行一条，例如精神来源、标识、载体、阵地、工作法。最多 12 条。"),
    )  # fmt: skip
    started_on = forms.DateField(
        label=_("启用日期"), widget=Day(), initial=timezone.localdate,
        help_text=_("从这一天起计入品牌数。早已启用的，填当年的日期。"),
    )  # fmt: skip
    # When the row was saved that this form shows: somebody else's later words are not overwritten.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, school: School, branches: "QuerySet[PartyOrganisation]", parents: "QuerySet[Brand]",
        may_fill: bool, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        kinds = [OwnerKind.BRANCH] if not may_fill else [OwnerKind.SCHOOL, OwnerKind.BRANCH]
        if may_fill and school.group_id:
            kinds.append(OwnerKind.GROUP)
        self.fields["owner_kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        if OwnerKind.GROUP in kinds:
            self.fields["owner_kind"].help_text = _("集团品牌由牵头学校登记一次，各成员学校都看得到。")
        self.fields["organisation"].queryset = branches  # type: ignore[attr-defined]
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]


class EndForm(forms.Form):
    on = forms.DateField(
        label=_("停用日期"), widget=Day(), initial=timezone.localdate, help_text=_("从这一天起不再计数，以前的照计。")
    )
    reason = forms.CharField(
        label=_("停用原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如并入“同行”品牌、学校合并。"),
    )  # fmt: skip


NAME_HELP = {
    ExhibitKind.COURSE: _("课程的名称，例如“大思政”特色课程。"),
    ExhibitKind.CASE: _("案例的标题，例如“知行345”廉洁教育路径。不写个人姓名。"),
}
SUMMARY_HELP = {
    ExhibitKind.COURSE: _("讲什么、给谁讲、每学期多少课时、怎样用。不超过 1,000 字。"),
    ExhibitKind.CASE: _("背景、做法、成效和可推广之处，有数据写数据。不超过 1,000 字。"),
}


class ExhibitForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=60)
    summary = forms.CharField(label=_("简介"), max_length=1000, widget=forms.Textarea(attrs={"rows": 6}))
    brand = forms.ModelChoiceField(
        label=_("所属品牌"), queryset=Brand.objects.none(), required=False, empty_label=_("无")
    )
    started_on = forms.DateField(label=_("启用日期"), widget=Day(), initial=timezone.localdate)
    link = forms.URLField(
        label=_("链接"), max_length=300, required=False, assume_scheme="https",
        help_text=_("公开网页或课程平台的地址，以 https:// 开头。"),
    )  # fmt: skip
    upload = forms.FileField(
        label=_("附件"), required=False,
        help_text=_("不要求附件；有文本的可传一个，PDF、Word、Excel 或图片，不超过 20 MB。再传即替换。"),
    )  # fmt: skip
    publication = forms.CharField(
        label=_("公开或刊发于"), max_length=120, required=False,
        help_text=_("书刊、平台或入选的名单，例如全国中小学党史学习教育案例。没有公开就不填。"),
    )  # fmt: skip
    reach = forms.ChoiceField(label=_("公开范围"), choices=Reach, required=False)
    published_on = forms.DateField(label=_("公开日期"), widget=Day(), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, kind: str, brands: "QuerySet[Brand]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = NAME_HELP[ExhibitKind(kind)]
        self.fields["summary"].help_text = SUMMARY_HELP[ExhibitKind(kind)]
        self.fields["brand"].queryset = brands  # type: ignore[attr-defined]

    def clean_reach(self) -> str:
        return self.cleaned_data["reach"] or Reach.SCHOOL
