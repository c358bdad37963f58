"""What the record of changes calls the rows, columns and states of this room; read when the apps are ready."""

from django.utils.translation import gettext_lazy as _

from portal.audit.words import register_columns, register_states, register_subject

from .models import PaperStatus, TopicStatus

register_states("topics.topic", TopicStatus.choices)
register_states("topics.paper", PaperStatus.choices)
register_columns("topics.topic", regulation_id=_("管理规则"))
register_columns("topics.practice", topic_id=_("课题"))
register_columns("topics.paper", report=_("报告正文"), plan=_("研究计划"), results=_("研究成果"))
for label, word in (("budgetline", _("经费预算")), ("output", _("课题成果")), ("evidence", _("佐证材料"))):
    register_subject(f"topics.{label}", word)
    register_columns(f"topics.{label}", paper_id=_("课题材料"))
