"""Forms of the editor and of the public. What a service checks is not checked here again."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.models import Office, Unit
from portal.ui.widgets import Day
from schools.registry.models import SchoolKind

from .models import (
    Criterion,
    Question,
    QuestionKind,
    Round,
    StageKind,
    TieKind,
)
from .selectors.experts import count_expertise


class Moment(forms.DateTimeInput):
    """The browser's own picker of day and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class RoundForm(forms.ModelForm):
    school_kinds = forms.MultipleChoiceField(
        label=_("面向的学校类型"), choices=SchoolKind, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选表示不限。"),
    )  # fmt: skip
    tie_rule = forms.CharField(
        label=_("同分规则"), required=False, help_text=_("依次比较的指标代码，用逗号隔开；再同分比中位数，最后抽签。")
    )

    expertise = forms.MultipleChoiceField(
        label=_("专家专长"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("有其中一项专长的专家才参加抽取；都不选表示不限。"),
    )  # fmt: skip

    class Meta:
        model = Round
        fields = (
            "code", "title", "official_title", "year", "programme", "designation_kind", "holder_kind", "intro",
            "school_kinds", "needs_designation", "bars_holders", "bars_vetoed", "target", "has_recommendation", "feeds",
            "panel_size", "expert_load", "expertise", "trim", "trim_from", "tie_rule", "comment_minimum", "notice_days",
        )  # fmt: skip
        labels = {"feeds": _("推送到市级批次")}
        widgets = {"intro": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "code": _("英文字母、数字和 -，例如 dc-2027。"),
            "official_title": _("文件里的全称，证书和公示用它。"),
            "year": _("按年度控制数量的（如课题）填写，例如 2027；不填则按开始申报的年份。"),
            "feeds": _("区县自办批次入选后推送到哪个市级批次。"),
            "trim_from": _("达到这么多份评分时，才去掉最高分和最低分。"),
            "target": _("公布时不能超过这个数。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["tie_rule"] = ",".join(self.instance.tie_rule)
        self.fields["feeds"].queryset = Round.objects.filter(unit__level="city")  # type: ignore[attr-defined]
        known = count_expertise()
        words = {**dict.fromkeys(self.instance.expertise, 0), **known}
        if words:
            choices = [(word, _("%(word)s（%(n)d 人）") % {"word": word, "n": n}) for word, n in sorted(words.items())]
            self.fields["expertise"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["expertise"]

    def clean_tie_rule(self) -> list[str]:
        text = self.cleaned_data["tie_rule"].replace("，", ",")
        return [code.strip() for code in text.split(",") if code.strip()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("trim") is not None and data.get("trim_from") is not None and data["trim_from"] <= 2 * data["trim"]:
            self.add_error("trim_from", _("去掉最高最低分后至少要剩一份，请填更大的数。"))
        if data.get("panel_size") == 0:
            self.add_error("panel_size", _("每件至少一名专家。"))
        if data.get("notice_days") == 0:
            self.add_error("notice_days", _("公示至少一个工作日。"))
        return data


class NewRound(RoundForm):
    unit = forms.ModelChoiceField(label=_("组织单位"), queryset=Unit.objects.none(), empty_label=None)
    field_order = ("unit",)

    def __init__(self, *args: Any, units: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class CopyRound(forms.Form):
    code = forms.SlugField(label=_("编号"), max_length=40, help_text=_("英文字母、数字和 -，例如 dc-2027。"))
    title = forms.CharField(label=_("批次"), max_length=60)
    official_title = forms.CharField(label=_("文件全称"), max_length=200)


class TemplateRound(CopyRound):
    """A round from a data file; its rules, form and rubric can be changed in the draft."""

    unit = forms.ModelChoiceField(label=_("组织单位"), queryset=Unit.objects.none(), empty_label=None)
    template = forms.ChoiceField(label=_("范本"), widget=forms.RadioSelect)
    target = forms.IntegerField(
        label=_("拟入选数"), min_value=1, max_value=999, required=False, help_text=_("不填则用范本里的数。")
    )
    starts_on = forms.DateField(
        label=_("发布通知的日期"), widget=Day(), initial=timezone.localdate,
        help_text=_("申报、资格审核、盲评、审议、公示、公布按范本的天数接着排，草稿里可以改。"),
    )  # fmt: skip
    field_order = ("unit", "template", "title", "official_title", "code", "target", "starts_on")

    def __init__(self, *args: Any, units: QuerySet, templates: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["template"].choices = templates  # type: ignore[attr-defined]


class Stages(forms.Form):
    """Two moments for every stage; both empty means that the round has no such stage."""

    # Begin and end stand side by side.
    in_pairs = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in StageKind:
            for end, word in (("opens", _("起")), ("closes", _("止"))):
                self.fields[f"{kind.value}_{end}"] = forms.DateTimeField(
                    label=f"{kind.label}　{word}", required=False, widget=Moment()
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for kind in StageKind:
            both = [data.get(f"{kind.value}_opens"), data.get(f"{kind.value}_closes")]
            if any(both) and not all(both):
                self.add_error(f"{kind.value}_closes", _("起、止都要填，或都留空。"))
        return data

    def stages(self) -> dict[str, tuple[Any, Any]]:
        data = self.cleaned_data
        return {
            kind.value: (data[f"{kind.value}_opens"], data[f"{kind.value}_closes"])
            for kind in StageKind
            if data.get(f"{kind.value}_opens")
        }


class ExtendStage(forms.Form):
    closes_at = forms.DateTimeField(label=_("延期至"), widget=Moment())


class QuestionLine(forms.ModelForm):
    columns = forms.CharField(label=_("表格各列"), required=False, help_text=_("用逗号隔开"))

    class Meta:
        model = Question
        fields = (
            "section", "code", "title", "kind", "required", "min_length", "max_length", "max_items", "columns",
            "indicator", "help_text",
        )  # fmt: skip
        labels = {"code": _("代码")}
        widgets = {"help_text": forms.TextInput()}

    def clean_columns(self) -> list[str]:
        text = self.cleaned_data["columns"].replace("，", ",")
        return [name.strip() for name in text.split(",") if name.strip()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == QuestionKind.FIGURE and not data.get("indicator"):
            self.add_error("indicator", _("请填指标代码，例如 L03。"))
        if data.get("kind") == QuestionKind.TABLE and not data.get("columns"):
            self.add_error("columns", _("请写表格各列的名称。"))
        if (data.get("max_length") or 0) < (data.get("min_length") or 0):
            self.add_error("max_length", _("最多字数不能小于最少字数。"))
        return data


class CriterionLine(forms.ModelForm):
    anchors = forms.CharField(
        label=_("分档"), required=False, help_text=_("起点 名称，用逗号隔开：0 较弱, 12 一般, 15 良好, 18 突出")
    )

    class Meta:
        model = Criterion
        fields = ("code", "title", "note", "maximum", "weight", "anchors", "explain_low", "explain_high")
        labels = {
            "code": _("代码"), "explain_low": _("低至此分须写理由"), "explain_high": _("高至此分须写理由"),
        }  # fmt: skip

    def clean_anchors(self) -> list[list[Any]]:
        anchors: list[list[Any]] = []
        for part in self.cleaned_data["anchors"].replace("，", ",").split(","):
            if not part.strip():
                continue
            start, _blank, word = part.strip().partition(" ")
            try:
                anchors.append([float(start), word.strip()])
            except ValueError:
                raise forms.ValidationError(_("“%s”要写成“起点 名称”。") % part.strip()) from None
        if [a[0] for a in anchors] != sorted({a[0] for a in anchors}):
            raise forms.ValidationError(_("各档起点要从小到大，不能重复。"))
        return anchors


def lines(form: type[forms.ModelForm], *, extra: int = 4) -> Any:
    """A formset whose rows can be reordered and removed without a script."""
    return forms.formset_factory(form, extra=extra, can_delete=True, can_order=True, max_num=80)


def ordered_rows(formset: Any) -> list[dict[str, Any]]:
    """The rows that stay, in the order that was typed; rows without a number keep their place."""
    kept = []
    for position, form in enumerate(formset.forms, 1):
        data = form.cleaned_data
        if not data or data.get("DELETE") or not data.get("code"):
            continue
        order = data.get("ORDER")
        values = {k: v for k, v in data.items() if k not in ("DELETE", "ORDER", "id")}
        kept.append((order if order is not None else position, position, values))
    return [values for _order, _position, values in sorted(kept, key=lambda row: row[:2])]


def initial_rows(rows: Iterable[Question | Criterion], form: type[forms.ModelForm]) -> list[dict[str, Any]]:
    """Rows as the formset shows them."""
    shown = []
    for row in rows:
        values = {name: getattr(row, name) for name in form._meta.fields or ()}
        if "columns" in values:
            values["columns"] = ",".join(values["columns"])
        if "anchors" in values:
            values["anchors"] = ", ".join(f"{start:g} {word}" for start, word in values["anchors"])
        shown.append(values)
    return shown


class PublishDecisions(forms.Form):
    number = forms.SlugField(label=_("公示编号"), max_length=40, help_text=_("例如 DC-2026-03，也是公示页的网址。"))
    issuer = forms.CharField(label=_("发布单位"), max_length=60)
    title = forms.CharField(label=_("标题"), max_length=200, required=False, help_text=_("不填则用“关于…的公示”。"))
    intro = forms.CharField(label=_("正文"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    starts_on = forms.DateField(label=_("公示开始"), widget=Day())


class ObjectionForm(forms.Form):
    application = forms.TypedChoiceField(label=_("针对"), coerce=int, empty_value=None, required=False)
    text = forms.CharField(
        label=_("事实和理由"), max_length=5000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("请写明时间、地点、事实，便于核查。"),
    )  # fmt: skip
    name = forms.CharField(label=_("姓名或单位"), max_length=60, required=False, help_text=_("不填即为匿名。"))
    contact = forms.CharField(label=_("联系方式"), max_length=100, required=False)
    ticket = forms.CharField(max_length=64, widget=forms.HiddenInput())

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["application"].choices = [("", _("整个名单")), *choices]  # type: ignore[attr-defined]


class ExpertOffice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user}（{obj.user.username}）"


class ExpertForm(forms.Form):
    office = ExpertOffice(label=_("专家"), queryset=Office.objects.none())
    expertise = forms.CharField(
        label=_("专长"), required=False, help_text=_("用逗号隔开，例如 党建,小学。批次要求专长时按它抽取。")
    )
    employer_code = forms.CharField(
        label=_("所在单位代码"), max_length=32, required=False, help_text=_("学校或区县的代码，用于自动回避。")
    )

    def __init__(self, *args: Any, offices: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]

    def clean_expertise(self) -> list[str]:
        text = self.cleaned_data["expertise"].replace("，", ",")
        return [word.strip()[:20] for word in text.split(",") if word.strip()]


class RecordVeto(forms.Form):
    school_code = forms.CharField(label=_("学校代码"), max_length=32, help_text=_("学校名册里的代码。"))
    reason = forms.CharField(
        label=_("事由"), max_length=200, help_text=_("写明情形和文件名或文号，学校能看到。不写个人姓名。")
    )
    valid_from = forms.DateField(label=_("起"), widget=Day())
    valid_to = forms.DateField(
        label=_("止"), widget=Day(), required=False, help_text=_("从这一天起恢复申报；不填则一直有效，直到解除。")
    )


class LiftVeto(forms.Form):
    reason = forms.CharField(label=_("解除理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class TieForm(forms.Form):
    unit_code = forms.CharField(label=_("单位代码"), max_length=32, help_text=_("学校、区县或党组织的代码。"))
    kind = forms.ChoiceField(label=_("关系"), choices=TieKind)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)
