"""Rules that hold whoever writes: pages, bulk writes, a console."""

import pgtrigger

# A branch's brand belongs to a branch of that very school, and a parent brand to the same school, never to a branch.
OWNER = """
IF NEW.organisation_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM party_partyorganisation o WHERE o.unit_id = NEW.organisation_id AND o.school_id = NEW.school_id
) THEN
    RAISE EXCEPTION 'organisation % is not of school %', NEW.organisation_id, NEW.school_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'showcase_brand_branch_of_school';
END IF;
IF NEW.group_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM registry_school s WHERE s.unit_id = NEW.school_id AND s.group_id = NEW.group_id
) THEN
    RAISE EXCEPTION 'school % is not in group %', NEW.school_id, NEW.group_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'showcase_brand_leads_group';
END IF;
IF NEW.parent_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM showcase_brand b
    WHERE b.id = NEW.parent_id AND b.id <> NEW.id AND b.school_id = NEW.school_id AND b.organisation_id IS NULL
) THEN
    RAISE EXCEPTION 'brand % is no parent for a brand of school %', NEW.parent_id, NEW.school_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'showcase_brand_parent_of_school';
END IF;
RETURN NEW;
"""

owner_is_of_school = pgtrigger.Trigger(
    name="owner_is_of_school",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("school_id", "organisation_id", "group_id", "parent_id"),
    func=OWNER,
)

BRAND = """
IF NEW.brand_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM showcase_brand b WHERE b.id = NEW.brand_id AND b.school_id = NEW.school_id
) THEN
    RAISE EXCEPTION 'brand % is not of school %', NEW.brand_id, NEW.school_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'showcase_exhibit_brand_of_school';
END IF;
RETURN NEW;
"""

brand_is_of_school = pgtrigger.Trigger(
    name="brand_is_of_school",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("school_id", "brand_id"),
    func=BRAND,
)
