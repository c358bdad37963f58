"""Names of cells, and what stands in them as text."""

import unicodedata
from collections.abc import Iterator
from typing import Any

Rows = list[list[Any]]

# From here on a float no longer tells integers apart: digits of a long code are lost.
EXACT_BELOW = 2**53


def clean(value: Any) -> str:
    """A label or a code as text: full width narrowed, blanks and the text mark ' removed, 5002380001.0 → 5002380001."""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_BELOW:
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    return text.removeprefix("'").strip()


def is_blank(value: Any) -> bool:
    """Nothing that anybody would see: empty, or only spaces (also the wide one)."""
    return value is None or (isinstance(value, str) and not value.strip())


def filled_rows(rows: Rows, start: int) -> Iterator[tuple[int, list[Any]]]:
    """Lines with anything in them, with their number from 0."""
    for number, row in enumerate(rows[start:], start):
        if any(not is_blank(value) for value in row):
            yield number, row


def column_name(index: int) -> str:
    """0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell_name(row: int, column: int) -> str:
    """(6, 1) → B7; both from 0."""
    return f"{column_name(column)}{row + 1}"


def position(name: str) -> tuple[int, int]:
    """B7 → (6, 1), both from 0."""
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(name[len(letters) :]) - 1, column - 1
