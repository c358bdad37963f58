"""Forms of this room. What a service checks is not checked here again."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.ui.widgets import Day

from .models import WITH_DAY, Goal, Paper, PaperKind, Result
from .process import RESULTS
from .sections import SECTIONS


class PaperForm(forms.Form):
    """The texts that the kind of paper asks for, and what came of each goal where it is material for acceptance."""

    # When the draft was saved that this form shows: somebody else's later words are not overwritten.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    file = forms.FileField(
        label=_("附件"), required=False,
        help_text=_("不要求附件；确需佐证时上传，每次一个，PDF、Word、Excel 或图片，不超过 20 MB。"),
    )  # fmt: skip

    def __init__(self, data: Any = None, files: Any = None, *, paper: Paper, goals: Sequence[Goal]) -> None:
        initial = {section.field: getattr(paper, section.field) for section in SECTIONS[paper.kind]}
        initial |= {f"goal_{goal.pk}": goal.achieved for goal in goals}
        super().__init__(data, files, initial={**initial, "seen": paper.saved_at.isoformat()})
        texts: dict[str, forms.Field] = {}
        for section in SECTIONS[paper.kind]:
            widget = forms.TextInput() if section.rows == 1 else forms.Textarea(attrs={"rows": section.rows})
            texts[section.field] = forms.CharField(
                label=section.label, max_length=section.maximum, required=False, widget=widget,
                help_text=_("%(help)s %(minimum)d—%(maximum)d 字。") % {
                    "help": section.help_text, "minimum": section.minimum, "maximum": section.maximum,
                },
            )  # fmt: skip
        self.goals = list(goals) if paper.kind == PaperKind.ACCEPTANCE else []
        for goal in self.goals:
            texts[f"goal_{goal.pk}"] = forms.CharField(label=goal.title, max_length=40, required=False)
        self.fields = {"seen": self.fields["seen"], **texts, "file": self.fields["file"]}

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if not field.name.startswith("goal_") and field.name != "file"]

    @property
    def goal_rows(self) -> list[tuple[Goal, forms.BoundField]]:
        return [(goal, self[f"goal_{goal.pk}"]) for goal in self.goals]

    def achieved(self) -> dict[int, str]:
        return {goal.pk: self.cleaned_data[f"goal_{goal.pk}"] for goal in self.goals}


def _cell(label: Any) -> forms.TextInput:
    """An input in a table: its column's head is no label that a screen reader would read."""
    return forms.TextInput(attrs={"aria-label": label})


class GoalForm(forms.Form):
    title = forms.CharField(label=_("目标"), max_length=60, widget=_cell(_("目标")))
    baseline = forms.CharField(label=_("现状"), max_length=40, widget=_cell(_("现状")))
    target = forms.CharField(label=_("两年后"), max_length=40, widget=_cell(_("两年后")))


class MilestoneForm(forms.Form):
    measure = forms.CharField(label=_("举措"), max_length=100, widget=_cell(_("举措")))
    due_on = forms.DateField(label=_("完成时间"), widget=Day())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].widget.attrs["aria-label"] = _("完成时间")


class BaseLines(forms.BaseFormSet):
    """Rows of a table: emptied ones go away, some empty ones stand at the end."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        return super()._construct_form(i, empty_permitted=True, **kwargs)  # type: ignore[misc]

    def lines(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if form.cleaned_data]


GoalLines: Any = forms.formset_factory(GoalForm, formset=BaseLines, extra=3, max_num=12)
MilestoneLines: Any = forms.formset_factory(MilestoneForm, formset=BaseLines, extra=4, max_num=24)


class ProgressForm(forms.Form):
    done_on = forms.DateField(label=_("完成日期"), widget=Day(), initial=timezone.localdate)
    note = forms.CharField(
        label=_("完成情况"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一句话，有数据写数据，不写姓名。"),
    )  # fmt: skip


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label=_("退回原因"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写明缺什么、改哪里，学校据此修改。"),
    )  # fmt: skip


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("重新开放的原因"), widget=forms.Textarea(attrs={"rows": 4}), max_length=500,
        help_text=_("写明计划为什么要改、改哪里，学校据此修改。"),
    )  # fmt: skip


class CheckForm(forms.Form):
    """The finding of a check; the day only where the kind of paper can end in a result that needs one."""

    result = forms.ChoiceField(label=_("结论"), widget=forms.RadioSelect)
    until = forms.DateField(label=_("限期"), widget=Day(), required=False)
    finding = forms.CharField(
        label=_("检查意见"), widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("学校看得到，写入历史。要求整改的，逐条写明改什么。"),
    )  # fmt: skip
    UNTIL = {
        PaperKind.MIDTERM: _("限期整改的，填整改期限。"),
        PaperKind.RECTIFICATION: _("继续整改的，填新的期限。"),
        PaperKind.ACCEPTANCE: _("延期验收的，填新的期满日期。"),
    }

    def __init__(self, *args: Any, paper: Paper, may_delay: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        results = [r for r in RESULTS[paper.kind] if r != Result.DELAYED or may_delay]
        choice: Any = self.fields["result"]
        choice.choices = [(r.value, r.label) for r in results]
        if len(results) == 1:
            choice.initial = results[0].value
        if not set(results) & set(WITH_DAY):
            del self.fields["until"]
        else:
            self.fields["until"].help_text = self.UNTIL[PaperKind(paper.kind)]
