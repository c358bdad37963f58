"""How schools are put together: into every unit and slice at once, or only into the cells that an approval changes."""

from dataclasses import dataclass

SLICE = """CASE
        WHEN GROUPING(kind) = 0 THEN 'kind:' || kind
        WHEN GROUPING(area_type) = 0 THEN 'area:' || area_type
        WHEN GROUPING(ownership) = 0 THEN 'ownership:' || ownership
        ELSE 'all' END"""


@dataclass(frozen=True, slots=True)
class AllSlices:
    """Every cell of these unit columns: each alone and with each slice column."""

    units: tuple[str, ...]

    def fill(self, template: str, *keys: str) -> str:
        """One pass for each unit column, over the schools that have one: not every school stands in a zone."""
        return " UNION ALL ".join(self._of_unit(template, unit, keys) for unit in self.units)

    def _of_unit(self, template: str, unit: str, keys: tuple[str, ...]) -> str:
        sets = (f"({', '.join((*keys, unit))}{part})" for part in ("", ", kind", ", area_type", ", ownership"))
        return template.format(
            placed=f"(SELECT * FROM places WHERE {unit} IS NOT NULL) placed",
            unit=unit,
            slice=SLICE,
            groups=f"GROUPING SETS ({', '.join(sets)})",
        )


class Targets:
    """Only the cells that `members` names."""

    def fill(self, template: str, *keys: str) -> str:
        groups = ", ".join((*keys, "unit_id", "slice"))
        return template.format(placed="members", unit="unit_id", slice="slice", groups=groups)


Grouping = AllSlices | Targets
