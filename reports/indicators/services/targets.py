"""Setting targets: one cell or a whole table, all of it or nothing."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Unit
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from reports.indicators.models import Aggregation, Indicator, Period, PeriodKind, Target, ValueType
from reports.indicators.rules import can_have_target, may_set_targets

# (code of the unit, code of the indicator)
Place = tuple[str, str]
PLAIN = re.compile(r"^-?\d{1,12}(\.\d+)?$")
PERCENT = 100


@transaction.atomic
def set_targets(*, actor: User, scope: Scope, year: int, texts: Mapping[Place, str], source: str = "") -> int:
    """Set what is typed for each place, remove the target where the text is empty; returns how many changed.

    DomainError `refused` with `errors` (place → sentence) if any text is wrong: then nothing is written. `forbidden`
    (403) for a unit whose targets are not the actor's. Who set what before is kept by the audit.
    """
    period = Period.objects.filter(kind=PeriodKind.YEAR, code=str(year)).first()
    if period is None:
        raise DomainError("year", _("没有 %s 年，请重新选择年度。") % year, field="year")
    units = {unit.code: unit for unit in Unit.objects.filter(code__in={unit for unit, _i in texts})}
    indicators = {row.code: row for row in Indicator.objects.filter(code__in={code for _u, code in texts})}
    wanted, errors = _read_all(scope, units, indicators, texts)
    if errors:
        raise DomainError("refused", _("有 %d 格不能保存，全部没有写入。") % len(errors), errors=errors)
    return _write(period, units, indicators, wanted, source.strip()[:200])


def _read_all(
    scope: Scope, units: Mapping[str, Unit], indicators: Mapping[str, Indicator], texts: Mapping[Place, str]
) -> tuple[dict[Place, Decimal | None], dict[Place, str]]:
    wanted: dict[Place, Decimal | None] = {}
    errors: dict[Place, str] = {}
    for place, text in texts.items():
        unit, indicator = units.get(place[0]), indicators.get(place[1])
        if unit is None or not may_set_targets(scope, unit):
            raise DomainError("forbidden", _("您不能设置这个单位的目标。"), status=403)
        try:
            wanted[place] = read_target(text, indicator)
        except DomainError as error:
            errors[place] = error.message
    return wanted, errors


def read_target(text: str, indicator: Indicator | None) -> Decimal | None:
    """The number that was typed, None for an empty text; DomainError with a sentence for anything else."""
    if indicator is None or not can_have_target(indicator):
        raise DomainError("no_target", _("这个指标不评高低，不设目标。"))
    cleaned = unicodedata.normalize("NFKC", text).strip().removesuffix(indicator.unit_of_measure or "%").strip()
    cleaned = cleaned.replace(",", "")
    if not cleaned:
        return None
    if not (cleaned.isascii() and PLAIN.match(cleaned)):
        raise DomainError("not_a_number", _("“%s”不是数，请填数字，例如 95；不设目标就留空。") % text.strip()[:40])
    number = Decimal(cleaned)
    if number < 0:
        raise DomainError("negative", _("目标不能小于 0。"))
    if _is_percentage(indicator) and number > PERCENT:
        raise DomainError("percentage", _("比例的目标在 0 到 100 之间。"))
    if indicator.value_type == ValueType.INTEGER and number != number.to_integral_value():
        raise DomainError("integer", _("“%s”的目标要填整数。") % indicator.name)
    if number != round(number, 4):
        raise DomainError("decimals", _("小数最多 4 位。"))
    return number


def _is_percentage(indicator: Indicator) -> bool:
    return indicator.aggregation == Aggregation.RATIO and indicator.scale == PERCENT


def _write(
    period: Period,
    units: Mapping[str, Unit],
    indicators: Mapping[str, Indicator],
    wanted: Mapping[Place, Decimal | None],
    source: str,
) -> int:
    known = {
        (target.unit.code, target.indicator.code): target
        for target in Target.objects.select_for_update(of=("self",))
        .select_related("unit", "indicator")
        .filter(period=period, unit__code__in=units, indicator__code__in=indicators)
    }
    changed = 0
    for place, number in wanted.items():
        target = known.get(place)
        if target is not None and number is None:
            target.delete()
        elif target is not None and number is not None and target.value != number:
            target.value, target.source = number, source
            target.save()
        elif target is None and number is not None:
            unit, indicator = units[place[0]], indicators[place[1]]
            # Two people may set the same target for the first time at once: the later one counts.
            Target.objects.update_or_create(
                unit=unit, indicator=indicator, period=period, defaults={"value": number, "source": source}
            )
        else:
            continue
        changed += 1
    return changed
