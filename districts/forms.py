from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.models import ChangeKind
from portal.audit.naming import subjects
from portal.ui.widgets import Day

from .models import Office, Role, Unit
from .rules import ROLES_OF_LEVEL


class Person(forms.Form):
    username = forms.SlugField(
        label=_("账号"), max_length=60, help_text=_("英文字母、数字、- 和 _。已有账号的人填原账号，没有的会新建。")
    )
    display_name = forms.CharField(label=_("姓名"), max_length=64, required=False, help_text=_("已有账号的可不填。"))


class Appoint(Person):
    role = forms.ChoiceField(label=_("职务"))
    since = forms.DateField(label=_("任职起"), widget=Day(), initial=timezone.localdate)
    field_order = ("role", "username", "display_name", "since")

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = ROLES_OF_LEVEL.get(unit.level, frozenset())
        self.fields["role"].choices = [(r.value, r.label) for r in Role if r in allowed]  # type: ignore[attr-defined]


class HandOver(Person):
    on = forms.DateField(label=_("交接日期"), widget=Day(), initial=timezone.localdate)


class End(forms.Form):
    on = forms.DateField(
        label=_("结束日期"), widget=Day(), initial=timezone.localdate, help_text=_("从这一天起不再任职。")
    )


class TokenForm(forms.Form):
    office = forms.ModelChoiceField(label=_("职务"), queryset=Office.objects.none(), empty_label=None)
    name = forms.CharField(label=_("用途"), max_length=60, help_text=_("例如：数据大屏、统计年报脚本。"))
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=365, initial=180)

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]


class AuditFilters(forms.Form):
    """Filters in the address. What cannot be read is said and left out, the rest still counts."""

    unit = forms.CharField(label=_("单位"), max_length=60, required=False)
    person = forms.CharField(label=_("人员"), max_length=60, required=False)
    subject = forms.ChoiceField(label=_("类别"), required=False)
    kind = forms.ChoiceField(label=_("变更"), required=False, choices=[("", _("全部变更")), *ChangeKind.choices])
    since = forms.DateField(label=_("起"), widget=Day(), required=False)
    until = forms.DateField(label=_("止"), widget=Day(), required=False)
    before = forms.IntegerField(widget=forms.HiddenInput(), required=False, min_value=1, max_value=2**62)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = [("", _("全部类别")), *subjects()]  # type: ignore[attr-defined]

    def usable(self) -> dict[str, Any]:
        self.is_valid()
        return dict(self.cleaned_data)
