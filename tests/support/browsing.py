"""What a journey needs in the browser: who is signed in, what went wrong unseen, what is out of reach for some."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import APIResponse, Browser, BrowserContext, ConsoleMessage, Page, Route
from pypdf import PdfReader

from portal.accounts.models import User

# Milliseconds after which something is missing, and not late, on a slow machine that does other things too.
TIMEOUT = 60_000
OpenPage = Callable[..., Page]

# A refusal that the page shows in words (docs/adr/0011); Chromium logs every such answer as an error.
REFUSALS = re.compile(r"Failed to load resource: the server responded with a status of (409|422)")


@dataclass
class Watch:
    """Listens to every page of a context; what is left in `faults` fails the test."""

    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._note(f"page error: {error.error}"))

    def expect(self, pattern: str) -> None:
        """This journey provokes a message that matches."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        return [text for text in self.faults if not any(re.search(pattern, text) for pattern in self.expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium reports a breach of the content security policy as a console error too.
        if message.type == "error" and not REFUSALS.match(message.text):
            self._note(f"console: {message.text} ({message.location.get('url', '')})")

    def _note(self, text: str) -> None:
        self.faults.append(text)


def login(page: Page, user: User, address: str) -> None:
    """Sign in without the page for it; `address` is that of the server."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": session.key, "value": session.value, "url": address}])


@contextmanager
def opening(browser: Browser, address: str, watch: Watch) -> Iterator[OpenPage]:
    """`open_page(user, path, **context options)`: a browser of its own for a user (None: nobody is signed in)."""
    contexts = []

    def open_for(user: User | None, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(
            base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai",
            **{"viewport": {"width": 1440, "height": 900}, **options},
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(TIMEOUT)
        watch.listen(context)
        page = context.new_page()
        if user is not None:
            login(page, user, address)
        page.goto(path)
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert watch.unexpected() == [], watch.unexpected()


class Held:
    """Requests of a page that stay on their way, from now on, until the test lets them go; `which` is an address pattern."""

    def __init__(self, page: Page, which: str | re.Pattern[str], method: str = "GET") -> None:
        self._page, self._method, self._routes = page, method, list[Route]()
        self._answer: APIResponse | None = None
        page.route(which, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == self._method:
            self._routes.append(route)
        else:
            route.continue_()

    def wait(self) -> None:
        """Until one has been sent: the browser tells of a request before it asks what to do with it."""
        for _moment in range(TIMEOUT // 20):
            if self._routes:
                return
            self._page.wait_for_timeout(20)
        raise AssertionError("no request came")

    def reach_the_server(self) -> None:
        """The first of them is answered, and the answer stays on its way."""
        self.wait()
        self._answer = self._routes[0].fetch()

    def let_go(self) -> None:
        """The first of them, or its answer, goes on."""
        self.wait()
        first, answer, self._answer = self._routes.pop(0), self._answer, None
        if answer is None:
            first.continue_()
        else:
            first.fulfill(response=answer)


def agree(page: Page, button: str) -> None:
    """Press, read what it means, press again."""
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


def text_of_pdf(page: Page, address: str | None) -> str:
    """The text of a PDF that the page leads to, without line ends."""
    answer = page.request.get(address or "")
    assert answer.headers["content-type"] == "application/pdf"
    return re.sub(r"[\s\0]", "", "".join(part.extract_text() for part in PdfReader(BytesIO(answer.body())).pages))


EVERYTHING = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
# What can be different in the dark: the same elements, in other colours.
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def find_barriers(page: Page, options: Mapping[str, object] = EVERYTHING) -> list[str]:
    """What axe finds against WCAG 2.1 A and AA on the page: rule, and the elements that break it."""
    found = Axe().run(page, options=dict(options))
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"][:4]
    ]


OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def find_overflow(page: Page) -> int:
    """By how many pixels the page scrolls sideways, once it has come to rest: charts take their new width a bit later."""
    for _moment in range(100):
        if not (overflow := page.evaluate(OVERFLOW)):
            break
        page.wait_for_timeout(100)
    return overflow  # type: ignore[no-any-return]


def find_barriers_in_the_dark(page: Page) -> list[str]:
    """The same page in its dark colours, without loading it again."""
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    return [f"dark: {barrier}" for barrier in find_barriers(page, COLOURS)]
