"""Search keys of Chinese names: the one place that knows how a name is spelt in Latin letters."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin, load_phrases_dict

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
    full = "".join(lazy_pinyin(name)).lower()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return full[:400], initials[:100]
