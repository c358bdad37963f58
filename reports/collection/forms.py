from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.workbooks.safety import LARGEST_UPLOAD


class DuplicateForm(forms.Form):
    indicator = forms.ChoiceField(label=_("哪一格"))
    elsewhere = forms.CharField(
        label=_("已经报给哪个系统或哪张表"),
        max_length=200,
        help_text=_("例如：全国党员管理信息系统、教育事业统计年报。市级据此减少重复填报。"),
    )

    def __init__(self, *args: Any, cells: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = cells  # type: ignore[attr-defined]


class WorkbookForm(forms.Form):
    """One file. What is in it is judged by the service; only its size is known before it is read."""

    file = forms.FileField(
        label=_("Excel 文件"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("请先选择填好的 .xlsx 文件。")},
    )

    def clean_file(self) -> object:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_UPLOAD:
            raise forms.ValidationError(_("文件超过 10 MB。一份填报表通常不到 1 MB，请用下载的模板重新填写。"))
        return upload
