"""Statement-level triggers that write what changed. They see every writer: pages, bulk updates, COPY, a console.

    class Office(models.Model):
        class Meta:
            triggers = audited(unit="r.unit_id", person="r.user_id", about=("role", "user_id"))

`r` is the row after the change (before it, for a removal). One INSERT … SELECT per statement, whatever its size.
"""

from collections.abc import Sequence

import pgtrigger

INSERT, UPDATE, DELETE = "insert", "update", "delete"
EVERYTHING = (INSERT, UPDATE, DELETE)
# Search keys follow the name; nobody looks for them.
NEVER = ("pinyin", "initials")

_OPERATIONS = {INSERT: pgtrigger.Insert, UPDATE: pgtrigger.Update, DELETE: pgtrigger.Delete}
_TABLES = {
    INSERT: pgtrigger.Referencing(new="new_rows"),
    UPDATE: pgtrigger.Referencing(old="old_rows", new="new_rows"),
    DELETE: pgtrigger.Referencing(old="old_rows"),
}
_BODY = """
IF current_setting('audit.suspended', true) = 'on' THEN RETURN NULL; END IF;
context_id := _pgh_attach_context();
IF context_id IS NOT NULL THEN
  actor := (current_setting('pghistory.context_metadata')::jsonb -> 'who' ->> 'id')::bigint;
END IF;
INSERT INTO audit_change
  (at, kind, subject, object_id, unit_id, person_id, actor_id, about, changes, context_id)
SELECT statement_timestamp(), '{letter}', '{{meta.label_lower}}', (r.{key})::text, {unit}, {person}, actor,
  {about}, d.changes, context_id
FROM {rows}
CROSS JOIN LATERAL (SELECT jsonb_object_agg(key, {pair}) AS changes FROM {fields}) d
WHERE d.changes IS NOT NULL;
RETURN NULL;
"""


def audited(
    *,
    key: str = "id",
    unit: str = "NULL::bigint",
    person: str = "NULL::bigint",
    about: Sequence[str] = (),
    skip: Sequence[str] = (),
    masked: Sequence[str] = (),
    operations: Sequence[str] = EVERYTHING,
) -> list[pgtrigger.Trigger]:
    """Triggers for a model's Meta.

    `key` names the row, `unit` and `person` are SQL expressions over `r` for the unit and the person it belongs to,
    `about` are columns kept with every change, `skip` are left out, of `masked` ones only the fact is noted.
    """
    hidden = (*NEVER, *skip)
    return [
        pgtrigger.Trigger(
            name=f"audit_{operation}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=_OPERATIONS[operation],
            referencing=_TABLES[operation],
            declare=[("context_id", "uuid"), ("actor", "bigint")],
            func=pgtrigger.Func(_body(operation, key, unit, person, about, hidden, masked)),
        )
        for operation in operations
    ]


def _body(
    operation: str, key: str, unit: str, person: str, about: Sequence[str], hidden: Sequence[str], masked: Sequence[str]
) -> str:
    rows = {
        INSERT: "new_rows r",
        DELETE: "old_rows r",
        UPDATE: f"new_rows r JOIN old_rows o ON o.{key} = r.{key}",
    }[operation]
    kept = ", ".join(f"'{name}', r.{name}" for name in about)
    return _BODY.format(
        letter=operation[0], key=key, unit=unit, person=person, rows=rows,
        about=f"jsonb_build_object({kept})", pair=_pair(operation, masked),
        fields=_fields(operation, (*hidden, key)),
    )  # fmt: skip


def _fields(operation: str, hidden: Sequence[str]) -> str:
    """The columns to compare: name, value before, value after. Empty ones of a new or removed row say nothing.

    The key itself stands in `object_id`.
    """
    left_out = ", ".join(f"'{name}'" for name in hidden)
    if operation == UPDATE:
        return (
            "jsonb_each(to_jsonb(o)) AS a(key, before) JOIN jsonb_each(to_jsonb(r)) AS b(key, after) USING (key) "
            f"WHERE before IS DISTINCT FROM after AND key NOT IN ({left_out})"
        )
    value = "after" if operation == INSERT else "before"
    return (
        f"jsonb_each(to_jsonb(r)) AS a(key, {value}) "
        f"WHERE {value} NOT IN ('null'::jsonb, 'false'::jsonb, '\"\"'::jsonb) AND key NOT IN ({left_out})"
    )


def _pair(operation: str, masked: Sequence[str]) -> str:
    before = "NULL" if operation == INSERT else "before"
    after = "NULL" if operation == DELETE else "after"
    if not masked:
        return f"jsonb_build_array({before}, {after})"
    secret = ", ".join(f"'{name}'" for name in masked)
    # Different on both sides, so that a change is seen, and empty of meaning.
    hidden = "jsonb_build_array('***', '***')"
    return f"CASE WHEN key IN ({secret}) THEN {hidden} ELSE jsonb_build_array({before}, {after}) END"
