"""The same rows asked for in words that nobody has used before: a kept answer does not help.

In a module of its own because the client's processes know no Django.
"""

import random

MOST_LIMIT = 5000


def ask_anew(path: str) -> str:
    """The indicators in another order, and a limit that all the rows stay under."""
    head, _mark, query = path.partition("?")
    named = dict(pair.split("=", 1) for pair in query.split("&"))
    codes = named["indicator"].split(",")
    random.shuffle(codes)
    named |= {"indicator": ",".join(codes), "limit": str(random.randint(int(named["limit"]), MOST_LIMIT))}
    return f"{head}?{'&'.join(f'{name}={value}' for name, value in named.items())}"
