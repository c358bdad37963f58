from districts.access import Scope
from districts.models import Office


def get_office_label(scope: Scope) -> str:
    """Words for the top bar: 巫溪县 区县审核员; with several offices the first, and how many more."""
    if not scope.grants:
        return ""
    office = Office.objects.select_related("unit").get(pk=scope.grants[0].office_id)
    label = f"{office.unit.label} {office.get_role_display()}"
    return label if len(scope.grants) == 1 else f"{label} 等 {len(scope.grants)} 项"
