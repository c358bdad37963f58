"""What the database refuses, whoever writes."""

import pgtrigger

SCHOOL_OF_PAPER = (
    "(SELECT d.school_id FROM creation_paper p JOIN selection_designation d ON d.id = p.designation_id "
    "WHERE p.id = r.paper_id)"
)

# What was settled is the record on which a title stands or fell. A plan may be opened again, by that step alone.
settled_stays = pgtrigger.Protect(
    name="settled_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__status="settled") & ~pgtrigger.Q(old__kind="plan", new__status="returned"),
)
settled_is_kept = pgtrigger.Protect(
    name="settled_is_kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__status="settled")
)

settled_keeps_files = pgtrigger.Trigger(
    name="settled_keeps_files",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("kept", "bigint")],
    func="""
        kept = CASE WHEN TG_OP = 'DELETE' THEN OLD.paper_id ELSE NEW.paper_id END;
        IF (SELECT status FROM creation_paper WHERE id = kept) NOT IN ('draft', 'returned') THEN
            RAISE EXCEPTION 'creation: files of a paper that was handed in do not change' USING ERRCODE = '23514';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)
