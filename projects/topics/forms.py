"""Forms of this room. What a service checks is not checked here again."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.ui.widgets import Day
from projects.selection.models import Designation
from schools.party.models import PartyOrganisation
from schools.registry.models import School
from schools.showcase.models import Brand

from .models import ChangedPart, Field, OutputKind, Paper, PaperKind, PracticeKind, Result, Topic
from .process import RESULTS
from .sections import SECTIONS


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class TopicForm(forms.Form):
    """What a school writes about a topic. With one school only there is nothing to choose.

    `branch_only`: for a branch secretary, who speaks for the own branch and not for the school.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    school = forms.ModelChoiceField(label=_("承担学校"), queryset=School.objects.none(), empty_label=None)
    organisation = forms.ModelChoiceField(
        label=_("承担党组织"), queryset=PartyOrganisation.objects.none(), required=False, empty_label=_("学校"),
        help_text=_("由某个支部承担的选支部；不选表示由学校承担。"),
    )  # fmt: skip
    title = forms.CharField(label=_("课题名称"), min_length=6, max_length=100)
    field = forms.ChoiceField(label=_("研究方向"), choices=Field)
    leader = forms.CharField(
        label=_("主持人"), max_length=30, help_text=_("写职务或教师编号，例如“党总支书记”“教师 0012”，不写姓名。")
    )
    members = forms.IntegerField(label=_("课题组人数"), min_value=1, max_value=50, help_text=_("含主持人。"))
    summary = forms.CharField(
        label=_("研究内容"), min_length=20, max_length=2000, widget=_area(6), help_text=_("要解决什么问题、怎样研究。")
    )
    promised = forms.CharField(
        label=_("预期成果"), min_length=4, max_length=1000, widget=_area(3), help_text=_("一行一项。")
    )

    def __init__(
        self, *args: Any, schools: "QuerySet[School]", organisations: "QuerySet[PartyOrganisation]",
        branch_only: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["school"]
        choice.queryset = schools
        if len(schools) == 1:
            choice.initial = schools[0]
            choice.widget = forms.HiddenInput()
        units: Any = self.fields["organisation"]
        units.queryset = organisations
        units.required = branch_only
        if branch_only:
            units.empty_label = None
        elif not organisations.exists():
            del self.fields["organisation"]


class PaperForm(forms.Form):
    """The texts that the kind of paper asks for, and what a request asks for."""

    # When the draft was saved that this form shows: somebody else's later words are not overwritten.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    file = forms.FileField(
        label=_("附件"), required=False,
        help_text=_("不要求附件；确需佐证时上传，每次一个，PDF、Word、Excel 或图片，不超过 20 MB。"),
    )  # fmt: skip

    def __init__(self, data: Any = None, files: Any = None, *, paper: Paper, latest: str = "") -> None:
        initial = {section.field: getattr(paper, section.field) for section in SECTIONS[paper.kind]}
        initial |= {"part": paper.part, "value": paper.value, "wanted": paper.wanted}
        super().__init__(data, files, initial={**initial, "seen": paper.saved_at.isoformat()})
        fields: dict[str, forms.Field] = {}
        if paper.kind == PaperKind.CHANGE:
            fields["part"] = forms.ChoiceField(
                label=_("变更事项"), choices=[("", _("请选择")), *ChangedPart.choices], required=False
            )
            fields["value"] = forms.CharField(
                label=_("变更为"), max_length=2000, required=False, widget=_area(3),
                help_text=_("写变更后的完整内容。主持人写职务或教师编号，不写姓名。"),
            )  # fmt: skip
        if paper.kind == PaperKind.EXTENSION:
            help_text = _("按规则最晚到 %s。") % latest
            fields["wanted"] = forms.DateField(label=_("申请延至"), widget=Day(), required=False, help_text=help_text)
        for section in SECTIONS[paper.kind]:
            fields[section.field] = forms.CharField(
                label=section.label, max_length=section.maximum, required=False, widget=_area(section.rows),
                help_text=_("%(help)s %(minimum)d—%(maximum)d 字。") % {
                    "help": section.help_text, "minimum": section.minimum, "maximum": section.maximum,
                },
            )  # fmt: skip
        self.fields = {"seen": self.fields["seen"], **fields, "file": self.fields["file"]}

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name != "file"]


def _labelled(widget: forms.Widget, label: Any) -> forms.Widget:
    """An input in a table: its column's head is no label that a screen reader would read."""
    widget.attrs["aria-label"] = label
    return widget


class BudgetForm(forms.Form):
    item = forms.CharField(label=_("支出项目"), max_length=40, widget=_labelled(forms.TextInput(), _("支出项目")))
    amount = forms.IntegerField(
        label=_("金额（元）"), min_value=1, max_value=1_000_000, widget=_labelled(forms.NumberInput(), _("金额（元）"))
    )


class OutputForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("类型"),
        choices=[("", "—"), *OutputKind.choices],
        widget=_labelled(forms.Select(attrs={"class": "w-input"}), _("类型")),
    )
    title = forms.CharField(label=_("名称"), max_length=100, widget=_labelled(forms.TextInput(), _("名称")))
    source = forms.CharField(
        label=_("发表、采用或获奖情况"), max_length=100, required=False,
        widget=_labelled(forms.TextInput(), _("发表、采用或获奖情况")),
    )  # fmt: skip
    done_on = forms.DateField(label=_("时间"), widget=_labelled(Day(), _("时间")))


class BaseLines(forms.BaseFormSet):
    """Rows of a table: emptied ones go away, some empty ones stand at the end."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        return super()._construct_form(i, empty_permitted=True, **kwargs)  # type: ignore[misc]

    def lines(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if form.cleaned_data]


BudgetLines: Any = forms.formset_factory(BudgetForm, formset=BaseLines, extra=4, max_num=20)
OutputLines: Any = forms.formset_factory(OutputForm, formset=BaseLines, extra=3, max_num=30)


class ReturnForm(forms.Form):
    reason = forms.CharField(label=_("退回原因"), widget=_area(4), help_text=_("写明缺什么、改哪里，学校据此修改。"))


class CheckForm(forms.Form):
    """The finding on a paper; number and day only where the kind of paper has them."""

    result = forms.ChoiceField(label=_("结论"), widget=forms.RadioSelect)
    contract_number = forms.CharField(label=_("任务书编号"), max_length=40)
    until = forms.DateField(label=_("期限"), widget=Day(), required=False)
    finding = forms.CharField(
        label=_("办理意见"), widget=_area(6), help_text=_("学校看得到，写入历史。要求修改的，逐条写明改什么。")
    )

    def __init__(self, *args: Any, paper: Paper, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        results = RESULTS[paper.kind]
        choice: Any = self.fields["result"]
        choice.choices = [(r.value, r.label) for r in results]
        if len(results) == 1:
            choice.initial = results[0].value
        if paper.kind != PaperKind.CONTRACT:
            del self.fields["contract_number"]
        if paper.kind == PaperKind.EXTENSION:
            self.fields["until"].label, self.fields["until"].initial = _("延期到"), paper.wanted
            self.fields["until"].help_text = _("同意延期的，默认为申请的日期，可以改短。")
        elif Result.RECTIFY in results:
            self.fields["until"].help_text = _("限期修改的，填修改期限。")
        else:
            del self.fields["until"]


class AmountForm(forms.Form):
    amount = forms.IntegerField(label=_("资助金额（元）"), min_value=0, max_value=1_000_000)
    reason = forms.CharField(label=_("调整原因"), max_length=300, widget=_area(3))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=500, widget=_area(4), help_text=_("写入课题的历史。"))


class TitleChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Designation) -> str:
        return f"{obj.get_level_display()} {obj.kind} {obj.batch}".strip()


class PracticeForm(forms.Form):
    """Where a topic is applied, at the school that was looked up before."""

    kind = forms.ChoiceField(label=_("应用单位"), choices=PracticeKind, widget=forms.RadioSelect, initial="school")
    organisation = forms.ModelChoiceField(
        label=_("党组织"), queryset=PartyOrganisation.objects.none(), required=False, empty_label=_("不选"),
        help_text=_("应用单位是党组织时选。"),
    )  # fmt: skip
    brand = forms.ModelChoiceField(
        label=_("党建品牌"), queryset=Brand.objects.none(), required=False, empty_label=_("不选"),
        help_text=_("应用单位是党建品牌时选；没有列出的，请学校先在“品牌”里登记。"),
    )  # fmt: skip
    designation = TitleChoice(
        label=_("相关称号"), queryset=Designation.objects.none(), required=False, empty_label=_("没有"),
        help_text=_("应用支撑了学校的哪个称号，没有就不选。"),
    )  # fmt: skip
    since = forms.DateField(label=_("开始应用"), widget=Day(), initial=timezone.localdate)
    note = forms.CharField(
        label=_("怎样应用"), max_length=300, widget=_area(3), help_text=_("做法和效果，有数据写数据，不写姓名。")
    )

    def __init__(
        self, *args: Any, organisations: "QuerySet[PartyOrganisation]", brands: "QuerySet[Brand]",
        titles: "QuerySet[Designation]", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        units: Any = self.fields["organisation"]
        units.queryset = organisations
        own: Any = self.fields["brand"]
        own.queryset = brands
        chosen: Any = self.fields["designation"]
        chosen.queryset = titles


class EndForm(forms.Form):
    ended_on = forms.DateField(label=_("停止应用"), widget=Day(), initial=timezone.localdate)


class RegulationForm(forms.Form):
    valid_from = forms.DateField(label=_("起用日期"), widget=Day())
    amount = forms.IntegerField(label=_("每项资助（元）"), min_value=0, max_value=1_000_000)
    contract_days = forms.IntegerField(label=_("签任务书：立项后天数"), min_value=1, max_value=365)
    opening_days = forms.IntegerField(label=_("开题：签任务书后天数"), min_value=1, max_value=365)
    midterm_months = forms.IntegerField(label=_("中期检查：立项后月数"), min_value=1, max_value=60)
    term_months = forms.IntegerField(label=_("研究期限（月）"), min_value=2, max_value=60)
    extension_times = forms.IntegerField(label=_("最多延期次数"), min_value=0, max_value=5)
    extension_months = forms.IntegerField(label=_("每次最长延期（月）"), min_value=1, max_value=24)
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("文件名称和文号。"))


def initial_of(topic: Topic, names: Iterable[str]) -> dict[str, Any]:
    """The values that a form of the topic begins with."""
    return {name: getattr(topic, name) for name in names}
