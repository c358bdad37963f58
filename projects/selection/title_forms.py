"""Forms of the register of titles: recording by hand, steps, kinds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.ui.widgets import Day
from schools.registry.models import School

from .models import SUBJECT_KINDS, Designation, DesignationKind, DesignationLevel, HolderKind
from .selectors.designations import find_organisation, find_secretary


class RecordDesignation(forms.Form):
    school_code = forms.CharField(label=_("学校代码"), max_length=32, help_text=_("学校名册里的代码。"))
    holder_kind = forms.ChoiceField(label=_("主体"), choices=HolderKind)
    holder_code = forms.CharField(
        label=_("党组织代码"), max_length=32, required=False,
        help_text=_("党组织的称号，或支部书记的称号，填党组织代码；学校党组织书记的称号不填。书记按授予那天在任的登记。"),
    )  # fmt: skip
    subject_title = forms.CharField(
        label=_("名称"), max_length=100, required=False, help_text=_("品牌、课程、课题或案例的名称；其他主体不填。")
    )
    kind = forms.ModelChoiceField(label=_("称号"), queryset=DesignationKind.objects.order_by("title"))
    level = forms.ChoiceField(label=_("级别"), choices=DesignationLevel)
    batch = forms.CharField(label=_("批次"), max_length=60, required=False)
    official_title = forms.CharField(label=_("文件全称"), max_length=200)
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("文件名或文号。"))
    valid_from = forms.DateField(label=_("授予日期"), widget=Day())
    valid_to = forms.DateField(label=_("到期日"), widget=Day(), required=False, help_text=_("不填则按称号的期限计算。"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("holder_kind")
        if kind not in SUBJECT_KINDS:
            data["subject_title"] = ""
        elif not data.get("subject_title"):
            self.add_error("subject_title", _("请写明名称。"))
        if kind == HolderKind.ORGANISATION and not data.get("holder_code"):
            self.add_error("holder_code", _("请填党组织代码。"))
        return data

    def holder(self, school: School) -> Designation:
        """The unsaved row that `record_designation` completes. DomainError `holder` (field holder_code)."""
        data = self.cleaned_data
        kind, code = data["holder_kind"], data["holder_code"].strip()
        row = Designation(school=school, holder_kind=kind, subject_title=data["subject_title"])
        if kind == HolderKind.ORGANISATION:
            row.organisation = find_organisation(school, code)
        if kind == HolderKind.POST:
            row.office = find_secretary(school, code, data["valid_from"])
        return row


class KindForm(forms.ModelForm):
    class Meta:
        model = DesignationKind
        fields: tuple[str, ...] = (
            "title", "programme", "term_months", "midterm_months", "has_acceptance", "becomes", "yearly_cap",
        )  # fmt: skip
        help_texts = {
            "term_months": _("不填为长期，直到撤销。"),
            "midterm_months": _("授予后多少个月检查；不填为没有中期检查。"),
            "becomes": _("验收通过后从那天起授予的称号，例如培育创建单位转为示范学校。"),
            "yearly_cap": _("市级一年最多授予多少项，不填为不限；公布时由数据库把关。"),
        }

    def clean(self) -> dict[str, Any]:
        """What the database refuses too, said at the field."""
        data = super().clean() or {}
        term, midterm = data.get("term_months"), data.get("midterm_months")
        if midterm is not None and (term is None or midterm >= term):
            self.add_error("midterm_months", _("中期检查须在期满以前，请先填期限。"))
        if data.get("has_acceptance") and term is None:
            self.add_error("term_months", _("有期满验收的称号须有期限。"))
        return data


class NewKind(KindForm):
    class Meta(KindForm.Meta):
        fields = ("code", *KindForm.Meta.fields)
        help_texts = {**KindForm.Meta.help_texts, "code": _("英文字母、数字和 -，定了不改。")}


class Finding(forms.Form):
    finding = forms.CharField(label=_("结论和理由"), widget=forms.Textarea(attrs={"rows": 4}))


class UntilDay(Finding):
    until = forms.DateField(label=_("至"), widget=Day())
    field_order = ("until", "finding")
