"""Everything that a signed-in person can reach, and every word that is in it: pages, links, exports, files, API, mail.

Reads files with means of its own, so that what the portal's leak check cannot see is not missed here as well.
"""

import html
import io
import itertools
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.core import mail
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from PIL import Image
from pypdf import PdfReader

ROLE = "expert"
# Routes of libraries are walked too, but nobody is signed out on the way, and the console has its own rules.
LEFT_OUT = ("admin/", "accounts/logout/", "accounts/me/sign-out-everywhere/")
LINK = re.compile(r'(?:href|action|src|hx-get|hx-post|data-[a-z-]*url)="([^"#]+)', re.IGNORECASE)
# What lists understand; the words are in no name that is looked for.
QUERIES = ("export=csv", "export=xlsx", "q=小学", "limit=500")
VARIANTS = 12
# Pages of one view that only a link named: one more indicator tells nothing that a dozen did not.
ALIKE = 12
# Pages of one thing, which no list parameter changes.
DETAIL = re.compile(r"^/accounts/|/\d+/$|^/indicators/[A-Z]\d+/$")
# Random letters that protect a form, a session or a script: a short word stands in them by chance.
LUCK = re.compile(
    r"""(?P<before>name="(?:csrfmiddlewaretoken|csrf-token)"\s(?:value|content)="|(?<![\w-])nonce="|'nonce-|\b(?:csrftoken|sessionid)=)"""
    r"[A-Za-z0-9+/=_-]+"
)
BLANK = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff·]+")


def squeeze(text: str) -> str:
    """One spelling of everything: no width, no case, no blanks."""
    return BLANK.sub("", unicodedata.normalize("NFKC", html.unescape(text)).casefold())


def without_luck(text: str) -> str:
    """The text without the values of tokens, where and only where tokens stand."""
    return LUCK.sub(r"\g<before>", text)


@dataclass(frozen=True, slots=True)
class Leak:
    path: str
    place: str
    word: str


@dataclass
class Reach:
    """`words`: what must not be found. `values`: name of a route's parameter, after its beginning → what to fill in."""

    client: Client
    words: Sequence[str]
    values: Callable[[str, str], Iterable[Any]]
    token: str = ""
    leaks: list[Leak] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)

    def walk(self, only: str = "") -> None:
        """Every route with every value, then every link on what was found, with what lists understand."""
        queue = [path for path in addresses(self.values) if path.startswith(f"/{only}")]
        asked = set(queue)
        variants: Counter[str] = Counter()
        alike: Counter[str] = Counter()
        while queue:
            path = queue.pop(0)
            plain = path.partition("?")[0]
            # Filters of one list by every value of every one of them say nothing new.
            variants[plain] += 1
            if path in self.statuses or variants[plain] > VARIANTS:
                continue
            if plain not in asked:
                alike[view := route_of(plain)] += 1
                if alike[view] > ALIKE:
                    continue
            response = self.get(path)
            if response.status_code == 200 and "?" not in path and not DETAIL.search(path):
                queue += [f"{path}?{query}" for query in QUERIES]
            queue += [link for link in links(response, path) if link not in self.statuses and f"/{only}" in link]
        self.read_mail()

    def get(self, path: str) -> Any:
        return self._look(path, self.client.get(path, headers=self._headers(path)))

    def post(self, path: str, data: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self._look(path, self.client.post(path, data or {}, headers={**self._headers(path), **headers}))

    def _headers(self, path: str) -> dict[str, str]:
        return {"Authorization": f"Token {self.token}"} if self.token and path.startswith("/api/") else {}

    def _look(self, path: str, response: Any) -> Any:
        assert response.status_code < 500, (path, response.status_code)
        self.statuses[path] = response.status_code
        asked = squeeze(unquote(path))
        for place, text in texts_of(response):
            found = squeeze(without_luck(text))
            # What was asked for comes back in the address of the page; that tells nothing.
            found = found.replace(asked, "").replace(asked.strip("/"), "")
            self.leaks += [Leak(path, place, word) for word in self._words_in(found)]
        return response

    def read_mail(self) -> None:
        for letter in mail.outbox:
            for text in (letter.subject, str(letter.body), *(str(part) for part in letter.attachments)):
                self.leaks += [Leak("mail", letter.subject, word) for word in self._words_in(squeeze(text))]

    def _words_in(self, text: str) -> list[str]:
        return sorted({self._squeezed[found] for found in self._pattern.findall(text)})

    @cached_property
    def _squeezed(self) -> dict[str, str]:
        return {squeeze(word): word for word in self.words}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """All words at once, longest first; numbers as whole numbers: 7340001 does not stand in 17340001.

        What stands before is looked at last: a pattern that begins with letters is searched ten times faster.
        """
        ordered = sorted(self._squeezed, key=len, reverse=True)
        return re.compile("|".join(rf"{w}(?!\d)(?<!\d{w})" if w.isdigit() else re.escape(w) for w in ordered))


def rule_of(pattern: URLPattern) -> str:
    view = getattr(pattern.callback, "view_class", pattern.callback)
    return str(getattr(pattern.callback, "access_rule", None) or getattr(view, "access_rule", None) or "")


def routes() -> list[str]:
    """Routes whose declared rule lets the role in, and those of libraries, which declare none."""

    def walk(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path)
            else:
                yield path, pattern

    found = []
    for path, pattern in walk(get_resolver().url_patterns):
        rule = rule_of(pattern)
        if not path.startswith(LEFT_OUT) and "^" not in path and (not rule.startswith("needs") or ROLE in rule.split()):
            found.append(path)
    return found


def route_of(path: str) -> str:
    """The route that answers a path; the path itself if none does."""
    try:
        return resolve(path).route
    except Resolver404:
        return path


def addresses(values: Callable[[str, str], Iterable[Any]]) -> Iterator[str]:
    """Each route with every combination of values for its parameters."""
    for route in routes():
        parts = re.split(r"(<\w+:\w+>)", route)
        choices = [
            [str(value) for value in values(route, part[1:-1].partition(":")[2])] if part.startswith("<") else [part]
            for part in parts
        ]
        for filled in itertools.product(*choices):
            yield "/" + "".join(filled)


def links(response: Any, base: str) -> list[str]:
    """Own addresses that an HTML or JSON answer points at, and where it sends to."""
    found = [response.headers["Location"]] if "Location" in response.headers else []
    kind = response.headers.get("Content-Type", "")
    if not response.streaming and ("html" in kind or "json" in kind):
        text = response.content.decode(errors="replace")
        found += LINK.findall(text) + re.findall(r'"(?:next|previous|url)": ?"([^"]+)"', text)
    wanted = []
    for link in found:
        url = urlsplit(urljoin(f"http://testserver{base}", html.unescape(link)))
        path = f"{url.path}?{url.query}" if url.query else url.path
        own = url.netloc == "testserver" and not url.path.startswith("/static/")
        if own and not url.path.lstrip("/").startswith(LEFT_OUT):
            wanted.append(path)
    return wanted


def texts_of(response: Any) -> Iterator[tuple[str, str]]:
    """(place, text) of the headers and of the body, whatever it is."""
    for name, value in response.headers.items():
        yield f"header {name}", unquote(f"{value}")
    for cookie in response.cookies.values():
        yield "cookie", unquote(cookie.OutputString())
    body = b"".join(response) if response.streaming else response.content
    yield from texts_of_bytes(body)


def texts_of_bytes(body: bytes, place: str = "body") -> Iterator[tuple[str, str]]:
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                yield f"{place}/{name}", name
                yield from texts_of_bytes(archive.read(name), f"{place}/{name}")
    elif body.startswith(b"%PDF"):
        reader = PdfReader(io.BytesIO(body))
        yield f"{place} text", "\n".join(page.extract_text() for page in reader.pages)
        yield f"{place} properties", str(dict(reader.metadata or {}))
        yield f"{place} bookmarks", str(reader.outline)
        notes = [str(note.get_object()) for page in reader.pages for note in page.get("/Annots", [])]
        yield f"{place} notes", "\n".join(notes)
    elif body.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        with Image.open(io.BytesIO(body)) as picture:
            exif = picture.getexif()
            known = [*picture.info.values(), *exif.values(), *exif.get_ifd(0x8769).values()]
            yield f"{place} picture", "\n".join(_plain(value) for value in known)
            yield f"{place} place", "拍摄地点坐标" if exif.get_ifd(0x8825) else ""
    else:
        text = body.decode("utf-8-sig", errors="replace")
        yield place, text
        # A name split over runs of a document, or over tags of a page.
        yield f"{place} without tags", re.sub(r"<[^>]*>", "", text)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        # Texts of a camera are bytes that were taken for Latin letters.
        return value + value.encode("latin-1", errors="ignore").decode("utf-8", errors="replace")
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else f"{value}"
