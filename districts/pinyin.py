"""Search keys of Chinese names: the one place that knows how a name is spelt in Latin letters."""

from functools import lru_cache

from pypinyin import lazy_pinyin, load_phrases_dict

# Readings of this city that a dictionary of the whole country does not have.
load_phrases_dict(
    {
        "朝阳": [["cháo"], ["yáng"]],
        "朝天门": [["cháo"], ["tiān"], ["mén"]],
        "曾家": [["zēng"], ["jiā"]],
        "重大": [["chóng"], ["dà"]],
        "单家": [["shàn"], ["jiā"]],
    }
)


@lru_cache(maxsize=20_000)
def keys_of(name: str) -> tuple[str, str]:
    """Full pinyin and initials in lower case, without spaces: 聚奎中学 → ("jukuizhongxue", "jkzx")."""
    # One reading for each character; what is not Chinese comes through as it stands, as a whole.
    readings = lazy_pinyin(name)
    initials, at = [], 0
    for text in readings:
        is_itself = name.startswith(text, at)
        initials.append(text if is_itself else text[:1])
        at += len(text) if is_itself else 1
    return "".join(readings).lower()[:400], "".join(initials).lower()[:100]
