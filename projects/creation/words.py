"""What the record of changes calls the rows, columns and states of this room; read when the apps are ready."""

from django.utils.translation import gettext_lazy as _

from portal.audit.words import register_columns, register_states, register_subject

from .models import PaperStatus

register_states("creation.paper", PaperStatus.choices)
for label, word in (("goal", _("建设目标")), ("milestone", _("建设举措")), ("evidence", _("佐证材料"))):
    register_subject(f"creation.{label}", word)
    register_columns(f"creation.{label}", paper_id=_("创建材料"))
