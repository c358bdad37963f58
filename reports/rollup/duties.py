"""Which forms must be owed for an indicator to be expected from a school."""

from dataclasses import dataclass, replace

from reports.collection.models import FormField
from reports.indicators.models import Aggregation, Indicator, Origin


@dataclass(frozen=True, slots=True)
class Duties:
    """Arrays for the statements: form → bit, indicator → bits of all forms that it needs (0: none).

    `graded` are the indicators with a distribution.
    """

    form_ids: list[int]
    form_bits: list[int]
    indicators: list[int]
    forms: list[int]
    graded: list[int]

    def only(self, chosen: list[int] | None) -> "Duties":
        """The same for these indicators alone; all of them for None."""
        if chosen is None:
            return self
        pairs = [pair for pair in zip(self.indicators, self.forms, strict=True) if pair[0] in chosen]
        needed = {bit for bit in self.form_bits if any(forms >> bit & 1 for _indicator, forms in pairs)}
        owed = [pair for pair in zip(self.form_ids, self.form_bits, strict=True) if pair[1] in needed]
        return replace(
            self,
            form_ids=[form for form, _bit in owed],
            form_bits=[bit for _form, bit in owed],
            indicators=[indicator for indicator, _forms in pairs],
            forms=[forms for _indicator, forms in pairs],
            graded=[indicator for indicator in self.graded if indicator in chosen],
        )


def read_duties() -> Duties:
    """Two queries, whatever the size of the catalogue."""
    form_of: dict[int, int] = dict(FormField.objects.values_list("indicator_id", "form_id"))
    bits = {form: bit for bit, form in enumerate(sorted(set(form_of.values())))}
    rows = list(Indicator.objects.all())
    by_code = {row.code: row for row in rows}
    masks = {row.pk: _mask(row, by_code, form_of, bits) for row in rows}
    graded = [row.pk for row in rows if row.aggregation == Aggregation.DISTRIBUTION]
    return Duties(list(bits), list(bits.values()), list(masks), list(masks.values()), graded)


def _mask(row: Indicator, by_code: dict[str, Indicator], form_of: dict[int, int], bits: dict[int, int]) -> int:
    inputs: list[Indicator] = []
    if row.origin == Origin.RATIO:
        pk_to_row = {r.pk: r for r in by_code.values()}
        inputs = [pk_to_row[pk] for pk in (row.numerator_id, row.denominator_id) if pk]
    elif row.origin == Origin.DERIVED:
        codes = row.derivation.get("codes") or [row.derivation["code"]]
        inputs = [by_code[code] for code in codes]
    elif row.pk in form_of and row.origin == Origin.REPORTED:
        return 1 << bits[form_of[row.pk]]
    mask = 0
    for item in inputs:
        mask |= _mask(item, by_code, form_of, bits)
    return mask
