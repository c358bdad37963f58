"""`python -m portal.answering URL`: wait until that address answers 200, but not for ever."""

import sys
import time
import urllib.error
import urllib.request

AT_MOST_SECONDS = 20


def is_answering(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def main(url: str) -> None:
    """Ends well either way: a web process that does not come up is no reason for a worker to stay away."""
    patience = time.monotonic() + AT_MOST_SECONDS
    while not is_answering(url) and time.monotonic() < patience:
        time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[1])
