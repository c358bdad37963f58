"""双创建, counted from applications and titles. A title counts while it is valid, and only then (selection, ADR 30).

C01–C03 belong to the calendar year in which the round took applications. Titles that were recorded by hand, with their
source, count as titles; for the portal nobody applied for them.
"""

from projects.selection.models import COUNTING, ApplicationStatus

from .shapes import ENDS, OF_SCHOOLS, YEARS


def _listed(*values: str) -> str:
    return ", ".join(f"'{value}'" for value in values)


# Kinds of titles of the programme: those that begin as a build, and those that an accepted build becomes.
KINDS = """
    SELECT k.id, k.has_acceptance, k.midterm_months IS NOT NULL AS has_midterm,
        k.has_acceptance OR k.midterm_months IS NOT NULL AS is_built,
        EXISTS (SELECT 1 FROM selection_designationkind b WHERE b.becomes_id = k.id AND b.has_acceptance) AS is_crown
    FROM selection_designationkind k
    JOIN programmes_programme g ON g.id = k.programme_id AND g.code = 'dual_creation'"""

VALID = f"""t.valid_from <= d.day AND (t.valid_to IS NULL OR t.valid_to > d.day)
    AND (t.status IN ({_listed(*COUNTING)}) OR t.ended_on > d.day)"""


def _held(level: str, kinds: str, counted: str) -> str:
    """Titles that are valid on the last day of the period."""
    joined = f"""LEFT JOIN (
        SELECT t.* FROM selection_designation t JOIN ({KINDS}) k ON k.id = t.kind_id
        WHERE t.level = '{level}' AND ({kinds})
    ) t ON t.school_id = place.school_id AND {VALID}"""
    return OF_SCHOOLS.format(counted=counted, days=ENDS, joined=joined)


# The day on which a round began to take applications says to which year it belongs.
APPLICATIONS = f"""LEFT JOIN (
        SELECT a.round_id, a.school_id, (s.opens_at AT TIME ZONE 'Asia/Shanghai')::date AS opened_on, a.status,
            r.has_recommendation AND c.id IS NOT NULL AND a.status NOT IN ({_listed(
                ApplicationStatus.SUBMITTED, ApplicationStatus.RETURNED, ApplicationStatus.DISTRICT_REVIEW,
                ApplicationStatus.INELIGIBLE,
            )}) AS recommended
        FROM selection_application a
        JOIN selection_round r ON r.id = a.round_id
        JOIN ({KINDS}) k ON k.id = r.designation_kind_id AND k.is_built
        JOIN selection_stage s ON s.round_id = r.id AND s.kind = 'application'
        LEFT JOIN selection_recommendation c ON c.application_id = a.id AND NOT c.is_reserve
        WHERE a.submitted_at IS NOT NULL AND a.status <> 'withdrawn'
    ) a ON a.school_id = place.school_id AND a.opened_on BETWEEN d.start AND d.day"""  # fmt: skip


def _applied(counted: str) -> str:
    return OF_SCHOOLS.format(counted=counted, days=YEARS, joined=APPLICATIONS)


# A check falls into the year of its day, whenever it was held. A title that was taken back before was not due any more.
MIDTERMS = f"""LEFT JOIN (
        SELECT t.id, t.school_id, t.midterm_due AS due, t.midterm_passed_on AS passed_on
        FROM selection_designation t JOIN ({KINDS}) k ON k.id = t.kind_id AND k.has_midterm
        WHERE t.midterm_due IS NOT NULL AND (t.ended_on IS NULL OR t.ended_on > t.midterm_due)
    ) c ON c.school_id = place.school_id AND c.due BETWEEN d.start AND d.day"""
# An acceptance that was put off was due on its first day too, and not passed then.
ACCEPTANCES = f"""LEFT JOIN (
        SELECT t.id, t.school_id, x.due, CASE t.status WHEN 'accepted' THEN t.ended_on END AS passed_on
        FROM selection_designation t JOIN ({KINDS}) k ON k.id = t.kind_id AND k.has_acceptance
        CROSS JOIN LATERAL (
            SELECT t.valid_to AS due
            UNION
            SELECT (e.payload ->> 'from')::date FROM workflow_event e
            WHERE e.process = 'selection.designation' AND e.object_id = t.id AND e.action = 'delay'
        ) x
        WHERE NOT (t.status = 'withdrawn' AND t.ended_on < x.due)
    ) c ON c.school_id = place.school_id AND c.due BETWEEN d.start AND d.day"""
DUE, PASSED = "count(DISTINCT c.id)", "count(DISTINCT c.id) FILTER (WHERE c.passed_on <= d.day)"

RECORDS = {
    "C01": _applied("count(DISTINCT a.round_id)"),
    "C02": _applied("count(DISTINCT a.round_id) FILTER (WHERE a.recommended)"),
    "C03": _applied("count(DISTINCT a.round_id) FILTER (WHERE a.recommended AND a.status = 'announced')"),
    "C05": _held("city", "k.is_built", "count(t.id)"),
    "C06": _held("city", "k.is_crown", "LEAST(count(t.id), 1)"),
    "C07": _held("district", "k.is_built OR k.is_crown", "LEAST(count(t.id), 1)"),
    "C08D": OF_SCHOOLS.format(counted=DUE, days=YEARS, joined=MIDTERMS),
    "C08N": OF_SCHOOLS.format(counted=PASSED, days=YEARS, joined=MIDTERMS),
    "C09D": OF_SCHOOLS.format(counted=DUE, days=YEARS, joined=ACCEPTANCES),
    "C09N": OF_SCHOOLS.format(counted=PASSED, days=YEARS, joined=ACCEPTANCES),
}
