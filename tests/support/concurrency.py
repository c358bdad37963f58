"""Several people at the same moment: threads with connections of their own, let go by one barrier."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from portal.workflow.errors import DomainError

MOST_SECONDS = 180


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call answered, in their order: its result, or the DomainError. Anything else fails the test.

    Needs a test with real transactions (`django_db(transaction=True)`).
    """
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)
    broken: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait(MOST_SECONDS)
            answers[number] = calls[number]()
        except DomainError as refusal:
            answers[number] = refusal
        except BaseException as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(MOST_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    if broken:
        raise broken[0]
    return answers


def refusals(answers: Sequence[Any]) -> list[str]:
    return sorted(answer.code for answer in answers if isinstance(answer, DomainError))


def results(answers: Sequence[Any]) -> list[Any]:
    return [answer for answer in answers if not isinstance(answer, DomainError)]
