"""What waits for a school on the start page: brands that lost their branch."""

from django.urls import reverse
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.duties import Duty

from .selectors.sums import list_orphans


def remind(scope: Scope) -> list[Duty]:
    return [
        Duty(
            _("品牌“%s”没有归属") % brand.name,
            _("%s已撤销，品牌不再计数，请改归别的支部或停用") % (brand.organisation.name if brand.organisation else ""),
            reverse("showcase:brand", args=[brand.pk]), _("去改"),
        )
        for brand in list_orphans(scope=scope)
    ]  # fmt: skip
