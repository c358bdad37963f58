"""党建课题, counted from topics that the city funds. They belong to the year of their call (立项年度)."""

from .shapes import OF_SCHOOLS, YEARS

OF_CITY = """SELECT t.id, t.school_id, t.year, t.status, t.due_on, t.closed_on, t.ended_on
        FROM topics_topic t JOIN districts_unit u ON u.id = t.unit_id AND u.level = 'city'"""

FUNDED = f"""LEFT JOIN ({OF_CITY}) t ON t.school_id = place.school_id AND t.year = extract(year FROM d.start)"""
# A closing falls into the year of its day, after every extension. A topic that ended before was not due any more.
DUE = f"""LEFT JOIN ({OF_CITY}
        WHERE NOT (t.status = 'terminated' AND t.ended_on < t.due_on)
    ) t ON t.school_id = place.school_id AND t.due_on BETWEEN d.start AND d.day"""

RECORDS = {
    "C10": OF_SCHOOLS.format(counted="count(t.id)", days=YEARS, joined=FUNDED),
    "C11D": OF_SCHOOLS.format(counted="count(t.id)", days=YEARS, joined=DUE),
    "C11N": OF_SCHOOLS.format(counted="count(t.id) FILTER (WHERE t.closed_on <= d.day)", days=YEARS, joined=DUE),
}
