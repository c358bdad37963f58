from reports.collection.models import Form, Return
from reports.indicators.models import Period


def list_form_options() -> list[tuple[str, str]]:
    return list(Form.objects.values_list("code", "title"))


def list_period_options() -> list[tuple[str, str]]:
    """Periods for which there are returns, newest first."""
    used = Return.objects.values("period_id").distinct()
    return list(Period.objects.filter(pk__in=used).order_by("-end").values_list("code", "name"))
