"""Hiding who it is: words that identify, the text without them, and the search for what is left."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

# Parts that every name has and that identify nobody.
PREFIXES = ("重庆市", "重庆")
SUFFIXES = ("学校", "中学校", "小学校", "校", "区", "县", "自治县", "市", "镇", "街道", "乡")
GENERIC = frozenset(
    [
        "学校", "小学", "中学", "初级中学", "高级中学", "完全中学", "实验小学", "实验学校", "幼儿园", "中心小学",
        "中心学校", "第一中学", "第二中学", "职业中学", "特殊教育学校", "初中", "高中", "校本部", "本部", "东校区",
        "西校区", "南校区", "北校区", "党支部", "党总支", "党委", "第一党支部", "第二党支部", "第三党支部", "教育集团",
        "重庆", "重庆市",
    ]
)  # fmt: skip
# Kinds of school at the end of a name: what stands before them is the name proper.
KINDS = (
    "初级中学", "高级中学", "完全中学", "实验小学", "实验中学", "实验学校", "中心小学", "中心学校", "中心校", "小学",
    "中学", "村小", "完小", "村校", "教学点", "幼儿园", "教育集团", "集团", "小", "中",
)  # fmt: skip
# Name-proper words that also stand in every other text: hiding them would hide half the case.
COMMON = frozenset(
    [
        "实验", "中心", "第一", "第二", "第三", "第四", "第五", "人民", "建设", "新区", "城区", "农村", "希望", "育才",
        "外国语", "附属", "教育", "民族", "职业", "光明", "红旗", "团结", "和平", "胜利", "文化", "科技", "完全",
        "寄宿制",
    ]
)  # fmt: skip
# What people (or programs) put between the characters of a name: blanks, dots, hyphens, marks of no width.
BETWEEN = r"[\x00\s·.\-_\u00ad\u200b-\u200f\u2060\ufeff]"
SEPARATORS = frozenset("\x00·.-_\u00ad\u2060\ufeff" + "".join(map(chr, range(0x200B, 0x2010))))
MINIMUM = 2
# Latin keys (pinyin, codes) of five signs are found anywhere; four only as a word of their own, shorter ones never.
LATIN_MINIMUM = 4
LATIN_INSIDE = 5
# Ways to reach somebody identify whoever it is, also when the portal does not know them. On folded text.
CONTACT = "|".join(
    (
        r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+",
        r"https?://(?!schemas\.|purl\.|www\.w3\.|ns\.adobe)[^\s<>\"'，。；、）)]+",
        r"(?<![a-z0-9.@/-])(?:[a-z0-9-]+\.)+(?:cn|com|net|org)(?![a-z0-9])",
        # 身份证号, 统一社会信用代码.
        r"(?<!\d)\d{17}[\dx](?![\da-z])",
        r"(?<![a-z0-9])[159y][1-9]\d{6}[0-9a-hj-npqrtuwxy]{10}(?![a-z0-9])",
        # 手机, 座机, and whatever stands behind the word for it.
        r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)",
        r"(?<!\d)\(?0[1-9]\d{1,2}\)?[\s-]?\d{7,8}(?!\d)",
        r"(?<=电话)[:\s]*\d[\d\s-]{5,}\d",
        r"(?<=热线)[:\s]*\d[\d\s-]{5,}\d",
        r"(?<=传真)[:\s]*\d[\d\s-]{5,}\d",
        r"(?<=qq)[号群:\s]*[1-9]\d{4,}",
        r"(?<=微信)号?[:\s]*[a-z][a-z0-9_-]{5,}",
        r"(?<=公众号)[:\s]*[“\"「『][^”\"」』]{2,30}[”\"」』]",
    )
)
CONTACTS = re.compile(CONTACT)


@dataclass(frozen=True, slots=True)
class Span:
    """A place in folded text that identifies, and what kind of thing stands there."""

    begin: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Word:
    """A text that identifies, and what kind of thing it names (学校, 区县, 姓名 …)."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of redacted text; a hidden piece has no text, only its kind."""

    text: str
    hidden: str = ""


def variants(name: str, *, drop: Iterable[str] = ()) -> set[str]:
    """How people shorten a name: without the city, without `drop` (its district), without its last generic part."""
    full = name.strip()
    found = {full}
    for prefix in (*PREFIXES, *sorted(drop, key=len, reverse=True)):
        found |= {text.removeprefix(prefix) for text in found if prefix}
    for suffix in SUFFIXES:
        found |= {text.removesuffix(suffix) for text in found if len(text) > len(suffix) + 1}
    for kind in KINDS:
        stems = {text.removesuffix(kind) for text in found if text.endswith(kind)}
        found |= {stem for stem in stems if stem not in COMMON}
    return {text for text in found if len(text) >= MINIMUM and text not in GENERIC}


def fold(text: str) -> str:
    """One spelling: full-width letters and digits become plain, upper case becomes lower. Lengths may change."""
    return unicodedata.normalize("NFKC", text).casefold()


# Cases of a city use a few thousand different characters, millions of times.
_fold_one = lru_cache(maxsize=20_000)(fold)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place in the original from which it comes."""
    pieces = [_fold_one(character) for character in text]
    return "".join(pieces), [at for at, piece in enumerate(pieces) for _character in piece]


class Redactor:
    """Finds identifying words whatever their width, case, or blanks between characters."""

    def __init__(self, words: Iterable[Word], *, contact: str = "") -> None:
        """`contact`: what a hidden phone number, address or the like is called; empty: these are not looked for."""
        self._contact = contact
        kept: dict[str, Word] = {}
        for word in words:
            text = re.sub(BETWEEN, "", fold(word.text))
            least = LATIN_MINIMUM if text.isascii() else MINIMUM
            if len(text) >= least and text not in GENERIC:
                kept.setdefault(text, word)
        self._kinds = {text: word.kind for text, word in kept.items()}

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        """Looked for without what stands between characters; a full name is one mark, not a short one with a rest."""
        return _one_of(re.escape(text) for text in self._ordered if not _is_code(text))

    @cached_property
    def _codes(self) -> re.Pattern[str] | None:
        """Numbers and short Latin keys, whose neighbours count."""
        return _one_of(_pattern_of(text) for text in self._ordered if _is_code(text))

    @property
    def _ordered(self) -> list[str]:
        return sorted(self._kinds, key=len, reverse=True)

    def redact(self, text: str) -> list[Segment]:
        """The text in pieces as it was typed, identifying ones hidden."""
        folded, places = fold_with_places(text)
        pieces: list[Segment] = []
        at = 0
        for span in self._find(folded):
            begin, end = places[span.begin], places[span.end - 1] + 1
            if begin > at:
                pieces.append(Segment(text[at:begin]))
            pieces.append(Segment("", span.kind))
            at = max(at, end)
        if at < len(text):
            pieces.append(Segment(text[at:]))
        return pieces

    def leaks(self, text: str) -> list[Word]:
        """Identifying words that stand in the text, in the order of their first appearance, each once."""
        folded = fold_with_places(text)[0]
        found: dict[str, Word] = {}
        for span in self._find(folded):
            word = re.sub(BETWEEN, "", folded[span.begin : span.end])
            found.setdefault(word, Word(word, span.kind))
        return list(found.values())

    def _find(self, folded: str) -> list[Span]:
        """Where something identifies, in order; a mark that runs into another begins where that one ends."""
        found = [Span(m.start(), m.end(), self._contact) for m in CONTACTS.finditer(folded)] if self._contact else []
        if self._codes is not None:
            found += [Span(m.start(), m.end(), self._kind_of(m.group())) for m in self._codes.finditer(folded)]
        if self._names is not None:
            kept = [at for at, character in enumerate(folded) if not _is_between(character)]
            dense = "".join(folded[at] for at in kept)
            found += [
                Span(kept[m.start()], kept[m.end() - 1] + 1, self._kinds[m.group()])
                for m in self._names.finditer(dense)
            ]
        marks: list[Span] = []
        last = 0
        for span in sorted(found, key=lambda span: (span.begin, -span.end)):
            if span.end > last:
                marks.append(Span(max(span.begin, last), span.end, span.kind))
                last = span.end
        return marks

    def _kind_of(self, matched: str) -> str:
        return self._kinds[re.sub(BETWEEN, "", matched)]


def _one_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    text = "|".join(patterns)
    return re.compile(text) if text else None


@lru_cache(maxsize=20_000)
def _is_between(character: str) -> bool:
    return character.isspace() or character in SEPARATORS


def _is_code(text: str) -> bool:
    return text.isdigit() or (text.isascii() and len(text) < LATIN_INSIDE)


def _pattern_of(text: str) -> str:
    """The code with anything between its signs. Numbers begin where they begin: 500238 also begins 5002380001."""
    spread = f"{BETWEEN}*".join(map(re.escape, text))
    return rf"(?<!\d){spread}" if text.isdigit() else rf"(?<![a-z0-9]){spread}(?![a-z0-9])"
