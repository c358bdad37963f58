"""Invariants that a CHECK cannot say, because they look at a second table. The database refuses, whoever writes."""

import pgtrigger

WRITE = pgtrigger.Insert | pgtrigger.Update

# How many titles of a kind the city has given, or is about to give, in a year. Filled with SQL for kind and year.
COUNT_OF_YEAR = """
    (SELECT count(*) FROM selection_application a
        JOIN selection_round r ON r.id = a.round_id AND r.designation_kind_id = {kind}
        JOIN districts_unit u ON u.id = r.unit_id AND u.level = 'city'
        LEFT JOIN selection_stage s ON s.round_id = r.id AND s.kind = 'application'
        WHERE a.status IN ('shortlisted', 'public_notice', 'announced')
            AND COALESCE(r.year, extract(year FROM s.opens_at AT TIME ZONE 'Asia/Shanghai')) = {year})
    + (SELECT count(*) FROM selection_designation d
        WHERE d.kind_id = {kind} AND d.level = 'city' AND d.application_id IS NULL AND d.predecessor_id IS NULL
            AND extract(year FROM d.valid_from) = {year})"""
# The kind's row is locked first: of two decisions at once, the second counts what the first has chosen.
_REFUSE_OVER_CAP = f"""
        IF most IS NULL THEN RETURN NULL; END IF;
        PERFORM 1 FROM selection_designationkind WHERE id = kind FOR NO KEY UPDATE;
        IF ({COUNT_OF_YEAR.format(kind="kind", year="given_in")}) > most THEN
            RAISE EXCEPTION 'selection: more than % titles of this kind in %', most, given_in USING ERRCODE = '23514';
        END IF;
        RETURN NULL;"""
_CAP_NAMES = [("kind", "bigint"), ("most", "integer"), ("given_in", "integer")]

chosen_within_cap = pgtrigger.Trigger(
    name="application_yearly_cap",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Q(new__status__in=["shortlisted", "public_notice", "announced"]),
    declare=_CAP_NAMES,
    func=f"""
        IF TG_OP = 'UPDATE' THEN
            IF OLD.status IN ('shortlisted', 'public_notice', 'announced') THEN RETURN NULL; END IF;
        END IF;
        SELECT k.id, k.yearly_cap, COALESCE(r.year, extract(year FROM s.opens_at AT TIME ZONE 'Asia/Shanghai'))
            INTO kind, most, given_in
            FROM selection_round r JOIN selection_designationkind k ON k.id = r.designation_kind_id
            JOIN districts_unit u ON u.id = r.unit_id AND u.level = 'city'
            LEFT JOIN selection_stage s ON s.round_id = r.id AND s.kind = 'application'
            WHERE r.id = NEW.round_id;{_REFUSE_OVER_CAP}
    """,
)

recorded_within_cap = pgtrigger.Trigger(
    name="designation_yearly_cap",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__level="city", new__application__isnull=True, new__predecessor__isnull=True),
    declare=_CAP_NAMES,
    func=f"""
        SELECT k.id, k.yearly_cap, extract(year FROM NEW.valid_from) INTO kind, most, given_in
            FROM selection_designationkind k WHERE k.id = NEW.kind_id;{_REFUSE_OVER_CAP}
    """,
)

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

quota_stands = pgtrigger.Trigger(
    name="place_quota_stands",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Delete,
    func="""
        IF EXISTS (
            SELECT 1 FROM selection_round
            WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.round_id ELSE NEW.round_id END AND status <> 'draft'
        ) THEN
            RAISE EXCEPTION 'selection: the places of a published round move, and stay as many' USING ERRCODE = '23514';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)

# States into which only a district's place leads, in rounds with recommendation.
_PLACED = ("recommended", "expert_review", "shortlisted", "public_notice", "announced", "struck")
# Looked at when the transaction ends: lists are written anew, a case and its place in one go. What stands then counts.
_REFUSE_WITHOUT_PLACE = f"""
        IF EXISTS (
            SELECT 1 FROM selection_application a JOIN selection_round r ON r.id = a.round_id AND r.has_recommendation
            WHERE a.id = {{case}} AND a.status IN {_PLACED} AND NOT EXISTS (
                SELECT 1 FROM selection_recommendation c WHERE c.application_id = a.id AND c.place_id IS NOT NULL
            )
        ) THEN
            RAISE EXCEPTION 'selection: recommended without a place of the quota' USING ERRCODE = '23514';
        END IF;
        RETURN NULL;"""

recommended_has_place = pgtrigger.Trigger(
    name="application_has_place",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Q(new__status__in=_PLACED),
    func=_REFUSE_WITHOUT_PLACE.format(case="NEW.id"),
)

place_of_recommended = pgtrigger.Trigger(
    name="recommendation_kept",
    when=pgtrigger.After,
    operation=pgtrigger.Update | pgtrigger.Delete,
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Q(old__place__isnull=False),
    func=_REFUSE_WITHOUT_PLACE.format(case="OLD.application_id"),
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
