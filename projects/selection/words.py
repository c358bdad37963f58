"""What the record of changes calls the columns and states of this room; read when the apps are ready."""

from django.utils.translation import gettext_lazy as _

from portal.audit.words import register_columns, register_states

from .models import DesignationStatus, RoundStatus

register_states("selection.round", RoundStatus.choices)
register_states("selection.designation", DesignationStatus.choices)
register_columns(
    "selection.round",
    feeds_id=_("结果带入"), copied_from_id=_("复制自"), school_kinds=_("申报学校类型"), expertise=_("所需专长"),
    tie_rule=_("同分先看"),
)  # fmt: skip
register_columns("selection.place", round_id=_("批次"), allotted_to_id=_("分配给"), district_id=_("现属区县"))
register_columns("selection.veto", of_city=_("全市有效"))
register_columns(
    "selection.designation",
    kind_id=_("称号"), subject_id=_("对象编号"), round_id=_("批次"), application_id=_("申报"),
    predecessor_id=_("前一称号"), midterm_passed_on=_("中期通过日期"), check_code=_("查验码"),
)  # fmt: skip
