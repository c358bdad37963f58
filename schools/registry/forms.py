"""Forms of the register. Choices are narrowed to what the user may choose."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from districts.access import Scope
from districts.models import District, Region, Zone
from portal.ui.widgets import Day

from .models import AreaType, Ownership, School, SchoolGroup, SchoolKind
from .selectors import list_current_districts, list_districts, list_groups, list_zones


class ZoneChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.district.label} {obj.name}"


class SchoolDetails(forms.Form):
    name = forms.CharField(label=_("校名"), max_length=100)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("办学类型"), choices=SchoolKind)
    ownership = forms.ChoiceField(label=_("举办性质"), choices=Ownership)
    area_type = forms.ChoiceField(label=_("城乡类型"), choices=AreaType)
    town = forms.CharField(label=_("镇街"), max_length=40, required=False)
    group = forms.ModelChoiceField(label=_("教育集团"), queryset=SchoolGroup.objects.none(), required=False)
    location_district = forms.ModelChoiceField(label=_("所在区县"), queryset=District.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = list_groups()  # type: ignore[attr-defined]
        self.fields["location_district"].queryset = list_current_districts()  # type: ignore[attr-defined]


class NewSchool(SchoolDetails):
    code = forms.CharField(
        label=_("学校代码"),
        max_length=32,
        help_text=_("教育统计的学校标识码；没有时用区县代码加四位顺序号，如 5002380101。"),
    )
    district = forms.ModelChoiceField(label=_("主管单位"), queryset=District.objects.none())
    zone = ZoneChoice(label=_("党建片区"), queryset=Zone.objects.none(), required=False)
    opened_on = forms.DateField(label=_("设立日期"), widget=Day(), initial=timezone.localdate)
    field_order = ("code", "name", "short_name", "district", "zone", "location_district", "opened_on")

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].queryset = list_districts(scope=scope)  # type: ignore[attr-defined]
        self.fields["zone"].queryset = list_zones()  # type: ignore[attr-defined]


class Move(forms.Form):
    district = forms.ModelChoiceField(label=_("划入单位"), queryset=District.objects.none())
    zone = ZoneChoice(label=_("党建片区"), queryset=Zone.objects.none(), required=False)
    on = forms.DateField(
        label=_("生效日期"), widget=Day(), help_text=_("从这一天起归新单位；此前结束的时期仍计入原单位。")
    )
    reason = forms.CharField(
        label=_("划转依据"), max_length=200, required=False, help_text=_("文件名称和文号。只换片区时可不填。")
    )

    def __init__(self, *args: Any, scope: Scope, school: School, between: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        districts = list_current_districts() if between else list_current_districts().filter(pk=school.district_id)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        self.fields["zone"].queryset = list_zones(None if between else school.district)  # type: ignore[attr-defined]


class Merge(forms.Form):
    into = forms.ModelChoiceField(label=_("并入学校"), queryset=School.objects.none())
    on = forms.DateField(label=_("撤销日期"), widget=Day(), help_text=_("这一天起本校不再存在。"))
    reason = forms.CharField(label=_("依据"), max_length=200)

    def __init__(self, *args: Any, scope: Scope, school: School, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = School.objects.filter(district_id=school.district_id, valid_to=None).exclude(pk=school.pk)
        self.fields["into"].queryset = others.order_by("code")  # type: ignore[attr-defined]


class Close(forms.Form):
    on = forms.DateField(label=_("撤销日期"), widget=Day(), help_text=_("这一天起本校不再存在，本校各任职同时结束。"))
    reason = forms.CharField(label=_("依据"), max_length=200)


class CampusForm(forms.Form):
    name = forms.CharField(label=_("校区"), max_length=60)
    address = forms.CharField(label=_("地址"), max_length=200, required=False)


class GroupForm(forms.Form):
    name = forms.CharField(label=_("集团名称"), max_length=100)


class ZoneForm(forms.Form):
    name = forms.CharField(label=_("片区名称"), max_length=60, help_text=_("例如：城厢片区。"))


class CloseZone(forms.Form):
    on = forms.DateField(label=_("撤销日期"), widget=Day(), initial=timezone.localdate)


class NewDistrict(forms.Form):
    code = forms.SlugField(
        label=_("代码"), max_length=12, help_text=_("民政部门公布的六位区划代码；没有代码的功能区用 L- 开头的代码。")
    )
    name = forms.CharField(label=_("名称"), max_length=100)
    short = forms.CharField(label=_("简称"), max_length=8, required=False, help_text=_("图表上用，两三个字。"))
    kind = forms.ChoiceField(label=_("类别"), choices=[(k, k) for k in ("区", "县", "自治县", "开发区")])
    region = forms.ChoiceField(label=_("区域"), choices=[c for c in Region.choices if c[0] != Region.DIRECT])
    on = forms.DateField(label=_("设立日期"), widget=Day(), initial=timezone.localdate)
    predecessors = forms.ModelMultipleChoiceField(
        label=_("由哪些单位而来"), queryset=District.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["predecessors"].queryset = list_current_districts().filter(is_direct=False)  # type: ignore[attr-defined]


class AbolishDistrict(forms.Form):
    on = forms.DateField(label=_("撤销日期"), widget=Day(), help_text=_("这一天起本单位不再存在。"))
    successors = forms.ModelMultipleChoiceField(
        label=_("由哪些单位承接"), queryset=District.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, district: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = list_current_districts().filter(is_direct=False).exclude(pk=district.pk)
        self.fields["successors"].queryset = others  # type: ignore[attr-defined]
        self.fields["successors"].initial = [d.pk for d in district.successors.all()]


class MoveMany(forms.Form):
    """Where the chosen schools go. The schools themselves are ticked in the table."""

    district = forms.ModelChoiceField(label=_("划入单位"), queryset=District.objects.none(), empty_label=None)
    zone = ZoneChoice(label=_("党建片区"), queryset=Zone.objects.none(), required=False, empty_label=_("不设片区"))
    on = forms.DateField(label=_("生效日期"), widget=Day(), initial=timezone.localdate)
    reason = forms.CharField(
        label=_("依据"), max_length=200, required=False, help_text=_("文件名称和文号。只换片区时可不填。")
    )
    schools = forms.ModelMultipleChoiceField(
        queryset=School.objects.none(), error_messages={"required": _("请在表里勾选要划转的学校。")}
    )

    def __init__(self, *args: Any, source: District | None, schools: Any, between: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = list_current_districts().filter(pk=source.pk if source else 0)
        self.fields["district"].queryset = list_current_districts() if between else own  # type: ignore[attr-defined]
        self.fields["district"].initial = source.pk if source else None
        self.fields["zone"].queryset = list_zones(None if between else source)  # type: ignore[attr-defined]
        self.fields["schools"].queryset = schools  # type: ignore[attr-defined]
