"""What the database refuses, whoever writes."""

import pgtrigger

SCHOOL_OF_PAPER = (
    "(SELECT t.school_id FROM topics_paper p JOIN topics_topic t ON t.id = p.topic_id WHERE p.id = r.paper_id)"
)

# What was settled is the record on which the topic went on or ended.
settled_stays = pgtrigger.Protect(
    name="settled_stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__status="settled"),
)

# Lines and files of a paper change only while it is written.
lines_stay = pgtrigger.Trigger(
    name="lines_stay",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("kept", "bigint")],
    func="""
        kept = CASE WHEN TG_OP = 'DELETE' THEN OLD.paper_id ELSE NEW.paper_id END;
        IF (SELECT status FROM topics_paper WHERE id = kept) NOT IN ('draft', 'returned') THEN
            RAISE EXCEPTION 'topics: what belongs to a paper that was handed in does not change'
                USING ERRCODE = '23514';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)

# The topic is locked first, so that two extensions granted at once cannot both be the last.
extension_by_rule = pgtrigger.Trigger(
    name="extension_by_rule",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Q(new__kind="extension", new__result="agreed"),
    declare=[("times", "integer"), ("months", "integer"), ("due", "date"), ("granted", "integer")],
    func="""
        PERFORM 1 FROM topics_topic WHERE id = NEW.topic_id FOR NO KEY UPDATE;
        SELECT g.extension_times, g.extension_months, t.due_on INTO times, months, due
            FROM topics_topic t JOIN topics_regulation g ON g.id = t.regulation_id WHERE t.id = NEW.topic_id;
        SELECT count(*) INTO granted FROM topics_paper p
            WHERE p.topic_id = NEW.topic_id AND p.kind = 'extension' AND p.result = 'agreed' AND p.id <> NEW.id;
        IF granted >= times THEN
            RAISE EXCEPTION 'topics: extended % times already', granted USING ERRCODE = '23514';
        END IF;
        IF NEW.until > due + make_interval(months => months) THEN
            RAISE EXCEPTION 'topics: an extension of more than % months', months USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)

practice_of_school = pgtrigger.Trigger(
    name="practice_of_school",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF NEW.organisation_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM party_partyorganisation o
            WHERE o.unit_id = NEW.organisation_id AND o.school_id = NEW.school_id
        ) THEN
            RAISE EXCEPTION 'topics: an organisation of another school' USING ERRCODE = '23514';
        END IF;
        IF NEW.brand_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM showcase_brand b WHERE b.id = NEW.brand_id AND b.school_id = NEW.school_id
        ) THEN
            RAISE EXCEPTION 'topics: a brand of another school' USING ERRCODE = '23514';
        END IF;
        IF NEW.designation_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM selection_designation d WHERE d.id = NEW.designation_id AND d.school_id = NEW.school_id
        ) THEN
            RAISE EXCEPTION 'topics: a title of another school' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)
