"""Words as they are compared: no case, no accents, no punctuation."""

import re
import unicodedata
from itertools import pairwise

# Words that stand in questions about anything, and so cannot tell one page from another.
COMMON = frozenset(
    "a about after again all also always am an and any are as at be because been before being but by can cant could did do "
    "does doesnt dont for from get gets go goes got had has have having he help her here him his how i if im in into is isnt "
    "it its just keep keeps let like me more most much my now of off on only or other our out over own please she should so "
    "some such than that the their them then there these they this those to too under until up us very want was we were what "
    "when where which while who why will with wont would you your child childs children childrens kid kids son daughter boy "
    "girl baby al con como cual de del el ella en es esta este la las le lo los me mi mis muy o para pero por que se si su sus "
    "te tiene un una uno y yo hijo hija hijos nino nina ninos bebe puede pueden hacer hay ser son estar porque cuando donde "
    "como mas nos nuestro nuestra todo todos desde hasta year years old anos".split()
)
NEGATIONS = frozenset("no not without refuse refuses refused refusing sin niega rehusa".split())
_APART = re.compile(r"\b(non|multi|auto|anti|osteo|poly) (?=[^\W\d_]{4})")
_RAISED = re.compile(r"(?<=\d)(?=[²³¹⁰⁴-⁹₀-₉¼-¾⅐-⅞])|(?<=[⁰⁴-⁹²³¹₀-₉])(?=[0-9])")
_SPELLED = re.compile(r"(?<![^\W\d_])([^\W\d_]) (?=[^\W\d_](?![^\W_]))")
_GREEK = dict(zip("αβγδεκ", ("alpha", "beta", "gamma", "delta", "epsilon", "kappa"), strict=True))
_GREEK_ALONE = re.compile(rf"(?<![α-ω])[{''.join(_GREEK)}](?![α-ω])")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")  # Chinese and Japanese


def fold(text: str) -> str:
    """`text` in small letters and digits, separated by single spaces; "" if nothing is left.

    What is one word to some and two to others becomes one: non-bacterial, C.R.M.O. Soft hyphens and other unseen
    characters part no word; a figure that is raised or a fraction is no digit of the number before it. A Greek letter in a
    name is spelled out, digits of all scripts are the same, and Chinese and Japanese stand as pairs of neighbors.
    """
    apart = _RAISED.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    flat = unicodedata.normalize("NFKD", apart).casefold()
    seen = (letter for letter in flat if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf")
    bare = "".join(str(unicodedata.decimal(letter, letter)) for letter in seen)
    told = _GREEK_ALONE.sub(lambda letter: f" {_GREEK[letter[0]]} ", re.sub(r"['’]", "", bare))
    spaced = " ".join(re.findall(r"[^\W_]+", _WITHOUT_SPACES.sub(_in_pairs, told)))
    return _SPELLED.sub(r"\1", _APART.sub(r"\1", spaced))


def _in_pairs(run: re.Match[str]) -> str:
    """Each sign with the next, which finds a word in a text that does not part words: 骨髓炎 as 骨髓 髓炎."""
    signs = run[0]
    return f" {' '.join(map(''.join, pairwise(signs))) or signs} "


def lone_signs(text: str) -> str:
    """Each Chinese or Japanese sign of `text` once, for who types one alone; what is typed in pairs is asked in pairs."""
    return " ".join(dict.fromkeys("".join(_WITHOUT_SPACES.findall(unicodedata.normalize("NFKC", text)))))


def words(text: str) -> list[str]:
    """The words of a folded text that can tell pages apart, each once; every way to say "not" becomes "no".

    A letter at the end is a name's (hepatitis A, vitamin A, type I), not an article or "I".
    """
    every = text.split()
    telling = [word for word in every if word not in COMMON]
    if telling and len(every[-1]) == 1:
        telling.append(every[-1])
    return list(dict.fromkeys("no" if word in NEGATIONS else word for word in telling))
