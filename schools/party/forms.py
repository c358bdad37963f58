from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.access import Scope
from portal.ui.widgets import Day
from schools.registry.models import Campus, School

from .models import PartyOrganisation, PartyOrganisationKind
from .rules import sees_members
from .selectors import list_organisations


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=100)
    kind = forms.ChoiceField(label=_("类别"), choices=PartyOrganisationKind)
    parent = forms.ModelChoiceField(label=_("上级党组织"), queryset=PartyOrganisation.objects.none(), required=False)
    also_serves = forms.ModelMultipleChoiceField(
        label=_("联合单位"),
        queryset=School.objects.none(),
        required=False,
        help_text=_("只有联合党支部填。按住 Ctrl 可选几所，一般不超过 4 所。"),
    )
    campus = forms.ModelChoiceField(label=_("校区"), queryset=Campus.objects.none(), required=False)
    full_members = forms.IntegerField(
        label=_("正式党员数"), min_value=0, max_value=2000, help_text=_("只计本组织直接管理的党员，下级的由平台相加。")
    )
    probationary_members = forms.IntegerField(label=_("预备党员数"), min_value=0, max_value=500)
    term_start = forms.DateField(label=_("本届起"), widget=Day(), required=False)
    term_end = forms.DateField(label=_("本届止"), widget=Day(), required=False)

    def __init__(self, *args: Any, scope: Scope, school: School, own: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_members(scope, school):
            # The city sets up and renames; how many members there are is kept by the school and its district.
            del self.fields["full_members"], self.fields["probationary_members"]
        parents = list_organisations(scope=scope, school=school).exclude(pk=own or 0)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]
        neighbours = School.objects.filter(district=school.district_id, valid_to=None).exclude(pk=school.pk)
        self.fields["also_serves"].queryset = neighbours.order_by("code")  # type: ignore[attr-defined]
        self.fields["campus"].queryset = school.campuses.all()  # type: ignore[attr-defined]
        self.fields["campus"].label_from_instance = lambda campus: campus.name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("term_start") and data.get("term_end") and data["term_end"] <= data["term_start"]:
            self.add_error("term_end", _("本届止须晚于本届起。"))
        return data


class NewOrganisation(OrganisationForm):
    since = forms.DateField(label=_("成立日期"), widget=Day(), initial=timezone.localdate)


class Dissolve(forms.Form):
    on = forms.DateField(label=_("撤销日期"), widget=Day(), initial=timezone.localdate)
