"""Rules that hold whoever writes: pages, bulk writes, a console."""

import pgtrigger

SECRETARY = """
IF NOT EXISTS (
    SELECT 1 FROM districts_office f LEFT JOIN party_partyorganisation o ON o.unit_id = f.unit_id
    WHERE f.id = NEW.host_id AND f.role IN ('school_secretary', 'branch_secretary')
        AND COALESCE(o.school_id, f.unit_id) = NEW.school_id
) THEN
    RAISE EXCEPTION 'host % is no secretary of school %', NEW.host_id, NEW.school_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

# The studio is locked first, so that two sessions recorded at once cannot both be the last of the month.
MONTHLY = """
PERFORM 1 FROM leaders_studio WHERE id = NEW.studio_id FOR UPDATE;
SELECT count(*) INTO held FROM leaders_session s
    WHERE s.studio_id = NEW.studio_id AND s.id <> NEW.id
        AND date_trunc('month', s.held_on) = date_trunc('month', NEW.held_on);
IF held >= 31 THEN
    RAISE EXCEPTION 'studio % has 31 sessions in that month', NEW.studio_id USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

host_is_secretary = pgtrigger.Trigger(
    name="host_is_secretary",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("host_id", "school_id"),
    func=SECRETARY,
)

at_most_31_a_month = pgtrigger.Trigger(
    name="at_most_31_a_month",
    level=pgtrigger.Row,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("held_on", "studio_id"),
    declare=[("held", "integer")],
    func=MONTHLY,
)
