"""Words as they are compared: no case, no accents, no punctuation."""

import re
import unicodedata

# Words so common in questions that they would outweigh the ones that matter.
COMMON = frozenset(
    ["a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "has", "have", "how", "i", "in", "is", "it", "kid", "kids", "my", "not", "of", "on", "or", "s", "that", "the", "their", "to", "was", "what", "when", "why", "will", "with", "you", "your", "el", "la", "los", "las", "un", "una", "de", "del", "en", "y", "o", "que", "por", "para", "con", "mi", "su", "es", "se", "al"]
)


def fold(text: str) -> str:
    """`text` in small letters and digits, separated by single spaces; "" if nothing is left."""
    flat = unicodedata.normalize("NFKD", text.encode("utf-8", "replace").decode("utf-8")).casefold()
    bare = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"['’]", "", bare)))


def words(text: str) -> list[str]:
    """The words of a folded question that can tell pages apart; all of them if every one is common."""
    every = text.split()
    return [word for word in every if word not in COMMON] or every
