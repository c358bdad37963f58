"""What the planner is told before it plans for many schools.

No statistics tell it how many rows pass from step to step, and it takes them for few: of two lists that meet in a key
of several columns it would compare each row of one with every row of the other. Hashing is right at every size: what
is grouped and joined here fits into memory. Facts are found by index: those of one period lie together.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

HASHING = {
    "work_mem": "'128MB'",
    "enable_nestloop": "off",
    "enable_mergejoin": "off",
    "enable_sort": "off",
    "random_page_cost": "1.1",
}


def hash_to_the_end() -> None:
    """For the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(";".join(f"SET LOCAL {name} = {value}" for name, value in HASHING.items()))


@contextmanager
def hashing(wanted: bool) -> Iterator[None]:
    """Inside, if it is wanted: a few schools are found by index, and nested loops are right for them."""
    if wanted:
        hash_to_the_end()
    yield
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(";".join(f"SET LOCAL {name} = DEFAULT" for name in HASHING))
