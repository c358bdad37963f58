"""Invariants that a CHECK cannot say, because they look at a second table. The database refuses, whoever writes."""

import pgtrigger

WRITE = pgtrigger.Insert | pgtrigger.Update

frozen_version = pgtrigger.Protect(
    name="version_frozen",
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__frozen_at__isnull=False),
)

frozen_attachment = pgtrigger.Trigger(
    name="attachment_frozen",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("kept", "bigint")],
    func="""
        kept = CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END;
        IF EXISTS (SELECT 1 FROM selection_version WHERE id = kept AND frozen_at IS NOT NULL) THEN
            RAISE EXCEPTION 'selection: attachments of a submitted version do not change' USING ERRCODE = '23514';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)

place_of_own_district = pgtrigger.Trigger(
    name="recommendation_place",
    when=pgtrigger.Before,
    operation=WRITE,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM selection_application a
            WHERE a.id = NEW.application_id AND a.round_id = NEW.round_id AND a.district_id = NEW.district_id
        ) THEN
            RAISE EXCEPTION 'selection: an application of another round or district' USING ERRCODE = '23514';
        END IF;
        IF NEW.place_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM selection_place p
            WHERE p.id = NEW.place_id AND p.round_id = NEW.round_id AND p.district_id = NEW.district_id
        ) THEN
            RAISE EXCEPTION 'selection: a place of another round or district' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)

taken_place_stays = pgtrigger.Trigger(
    name="place_taken",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF (NEW.district_id IS DISTINCT FROM OLD.district_id OR NEW.round_id <> OLD.round_id)
            AND EXISTS (SELECT 1 FROM selection_recommendation WHERE place_id = OLD.id) THEN
            RAISE EXCEPTION 'selection: a place that is taken does not move' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)

no_conflict = pgtrigger.Trigger(
    name="assignment_no_conflict",
    when=pgtrigger.Before,
    operation=WRITE,
    condition=pgtrigger.Q(new__status__in=["assigned", "submitted"]),
    func="""
        IF EXISTS (
            SELECT 1 FROM selection_conflict
            WHERE expert_id = NEW.expert_id AND application_id = NEW.application_id
        ) THEN
            RAISE EXCEPTION 'selection: the expert is in conflict with this application' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)

no_assignment = pgtrigger.Trigger(
    name="conflict_no_assignment",
    when=pgtrigger.Before,
    operation=WRITE,
    func="""
        IF EXISTS (
            SELECT 1 FROM selection_assignment
            WHERE expert_id = NEW.expert_id AND application_id = NEW.application_id
                AND status IN ('assigned', 'submitted')
        ) THEN
            RAISE EXCEPTION 'selection: the expert still holds this application' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)

locked_marks = pgtrigger.Trigger(
    name="mark_locked",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("sheet", "bigint"), ("most", "numeric")],
    func="""
        sheet = CASE WHEN TG_OP = 'DELETE' THEN OLD.assignment_id ELSE NEW.assignment_id END;
        IF (SELECT status FROM selection_assignment WHERE id = sheet) <> 'assigned' THEN
            RAISE EXCEPTION 'selection: the score sheet is locked' USING ERRCODE = '23514';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        SELECT maximum INTO most FROM selection_criterion WHERE id = NEW.criterion_id;
        IF NEW.points > most THEN
            RAISE EXCEPTION 'selection: more points than the criterion has' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)

objections_closed = pgtrigger.Trigger(
    name="designation_objections_closed",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__round__isnull=False),
    func="""
        IF EXISTS (
            SELECT 1 FROM selection_objection o JOIN selection_publicnotice n ON n.id = o.notice_id
            WHERE n.round_id = NEW.round_id AND o.status = 'open'
        ) THEN
            RAISE EXCEPTION 'selection: an objection is still open' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)
