"""Forms of this room. What a service checks is not checked here again."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.models import Office
from portal.ui.widgets import Day

from .models import SessionMode, Standard, StudioLevel


class AssessmentForm(forms.Form):
    assessed_on = forms.DateField(
        label=_("认定日期"), widget=Day(), initial=timezone.localdate,
        help_text=_("从这一天起计入指标，有效期也从这一天算起。"),
    )  # fmt: skip
    party_kind = forms.ChoiceField(label=_("党建带头：哪一种证明"), required=False)
    party_proof = forms.CharField(
        label=_("党建带头：依据"), max_length=200, required=False,
        help_text=_("证书、文件的名称和编号，例如“区县教育工委〔2025〕12号”。不写姓名。"),
    )  # fmt: skip
    work_kind = forms.ChoiceField(label=_("业务带头：哪一种证明"), required=False)
    work_proof = forms.CharField(
        label=_("业务带头：依据"), max_length=200, required=False, help_text=_("例如职称证书编号、骨干教师文件文号。"),
    )  # fmt: skip
    # When the draft was saved that this form shows: somebody else's later words are not overwritten.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, standard: Standard | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kinds in (
            ("party_kind", standard.party_kinds if standard else []),
            ("work_kind", standard.work_kinds if standard else []),
        ):
            chosen = self.initial.get(name) or ""
            known = kinds if chosen in ("", *kinds) else [*kinds, chosen]
            field: Any = self.fields[name]
            field.choices = [("", _("未达到")), *((kind, kind) for kind in known)]


class PlanForm(forms.Form):
    measures = forms.CharField(
        label=_("培养措施"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("缺哪一方面、怎样补、由谁负责，例如参加工作室跟岗、申报骨干教师。"),
    )  # fmt: skip
    due_on = forms.DateField(label=_("完成期限"), widget=Day())


class OutcomeForm(forms.Form):
    outcome = forms.CharField(label=_("结果"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class EndForm(OutcomeForm):
    outcome = forms.CharField(label=_("成效"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    on = forms.DateField(
        label=_("结束日期"), widget=Day(), initial=timezone.localdate, help_text=_("从这一天起不再计数。")
    )


class CloseStudioForm(EndForm):
    outcome = forms.CharField(
        label=_("成果"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("培养了多少书记和骨干、形成了什么做法，留作档案。"),
    )  # fmt: skip


class StudioForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("例如“立人书记工作室”。不用个人姓名命名。"))
    host = forms.ModelChoiceField(
        label=_("主持人"), queryset=Office.objects.none(), help_text=_("只列出在任的书记职务；没有列出的，请先任命。")
    )
    theme = forms.CharField(label=_("研究方向"), max_length=200)
    level = forms.ChoiceField(label=_("级别"), choices=StudioLevel, initial=StudioLevel.SCHOOL)
    named_by = forms.CharField(
        label=_("命名文件"), max_length=200, required=False, help_text=_("区县级、市级的填文件名或文号；校级的不填。")
    )
    opened_on = forms.DateField(label=_("成立日期"), widget=Day(), initial=timezone.localdate)

    def __init__(self, *args: Any, hosts: QuerySet[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["host"]
        field.queryset = hosts
        field.empty_label = _("请选择")


class SessionForm(forms.Form):
    held_on = forms.DateField(label=_("日期"), widget=Day(), initial=timezone.localdate)
    topic = forms.CharField(label=_("主题"), max_length=100)
    mode = forms.ChoiceField(label=_("方式"), choices=SessionMode)
    attendance = forms.IntegerField(
        label=_("到场人数"), min_value=1, max_value=2000, help_text=_("只记人数，不要求签到，不要求照片。")
    )


TEACHER, SECRETARY = "teacher", "secretary"


class StudioPairingForm(forms.Form):
    """A mentee of a studio: the mentor is its host."""

    mentee_kind = forms.ChoiceField(
        label=_("学员是"), choices=[(TEACHER, _("教师（写编号）")), (SECRETARY, _("党组织书记（职务）"))]
    )
    mentee_unit = forms.CharField(
        label=_("学员单位代码"), max_length=30, help_text=_("教师写学校代码；书记写学校或党组织的代码。代码见名册。")
    )
    mentee_number = forms.IntegerField(
        label=_("教师编号"), min_value=1, max_value=99999, required=False,
        help_text=_("学校自编的号码，显示为“教师 0001”。不写姓名。书记不填。"),
    )  # fmt: skip
    goals = forms.CharField(label=_("带教目标"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    started_on = forms.DateField(label=_("结对日期"), widget=Day(), initial=timezone.localdate)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("mentee_kind") == TEACHER and not data.get("mentee_number"):
            self.add_error("mentee_number", _("请填教师编号。"))
        if data.get("mentee_kind") == SECRETARY and data.get("mentee_number"):
            self.add_error("mentee_number", _("学员是书记时，请清空教师编号。"))
        return data


class PairingForm(StudioPairingForm):
    mentor = forms.ModelChoiceField(
        label=_("带教人（书记职务）"),
        queryset=Office.objects.none(),
        required=False,
        empty_label=_("不是书记，下面写编号"),
    )
    mentor_number = forms.IntegerField(label=_("带教教师编号"), min_value=1, max_value=99999, required=False)
    field_order = ("mentor", "mentor_number")

    def __init__(self, *args: Any, mentors: QuerySet[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["mentor"]
        field.queryset = mentors

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if bool(data.get("mentor")) == bool(data.get("mentor_number")):
            self.add_error("mentor_number", _("带教人选书记职务，或写教师编号，二者填一个。"))
        return data


class StandardForm(forms.Form):
    valid_from = forms.DateField(label=_("起用日期"), widget=Day())
    party_text = forms.CharField(label=_("党建带头"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    party_kinds = forms.CharField(
        label=_("党建带头的证明"), widget=forms.Textarea(attrs={"rows": 6}), help_text=_("一行一种。")
    )
    work_text = forms.CharField(label=_("业务带头"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    work_kinds = forms.CharField(
        label=_("业务带头的证明"), widget=forms.Textarea(attrs={"rows": 6}), help_text=_("一行一种。")
    )
    term_months = forms.IntegerField(label=_("有效期（月）"), min_value=1, max_value=120)
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("文件名称和文号。"))

    def clean_party_kinds(self) -> list[str]:
        return _lines(self.cleaned_data["party_kinds"])

    def clean_work_kinds(self) -> list[str]:
        return _lines(self.cleaned_data["work_kinds"])


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
