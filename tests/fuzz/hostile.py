"""What nobody types on purpose, as Hypothesis strategies: words, fields, bodies and queries that break careless software."""

from urllib.parse import quote_plus

from hypothesis import strategies as st

WORDS = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "x\udfff",
    "\u202eevil\u2066",
    "\u200b\u200d\ufeff",
    "👩‍👩‍👧‍👦",
    "e\u0301" * 30,
    "Z\u0351\u036b" * 40,
    "\r\nBcc: all@example.org",
    "a\nb\u2028c",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE appointments_request; --",
    "%' OR '1'='1",
    "{{ settings.SECRET_KEY }}",
    "{% debug %}",
    "${7*7}",
    "../../etc/passwd",
    "%s%n%00",
    "=cmd|' /C calc'!A0",
    "0",
    "-1",
    "9" * 5000,
    "-" + "9" * 400,
    "1e309",
    "NaN",
    "٣",
    "²",
    "2147483648",
    "9223372036854775808",
    "0001-01-01",
    "9999-12-31",
    "2027-02-30",
    "0000-00-00",
    "12/31/9999",
    "a@b",
    "a@" + "b" * 300 + ".example",
    '"a b"@example.org',
    "+1 (212) 555-0199 x" + "9" * 50,
    'AND OR NOT NEAR("',
    "*",
    "\\",
    "on",
    "parent",
    "virtual",
]
HUGE = ["A" * 1_000_000, "😀" * 250_000, "\n" * 100_000]
words = st.one_of(
    st.sampled_from(WORDS), st.text(st.characters(), max_size=40), st.text(st.characters(exclude_categories=[]), max_size=20)
)
pieces = words.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=20)
# What can be seen: of what cannot, tests/test_prose_typed.py says what is kept.
seen = st.characters(
    exclude_categories=["Cc", "Cf", "Cn", "Cs", "Zl", "Zp"],
    exclude_characters="\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5",
)
shown = st.text(seen, min_size=1, max_size=90).filter(lambda text: text.strip())


def encoded(pairs):
    """`application/x-www-form-urlencoded` of (name, bytes or text)."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


@st.composite
def bodies(draw, names, valid):
    """(body, content type): valid answers of which some are replaced, doubled, dropped or joined by strangers."""
    kind = draw(st.integers(0, 39))
    if kind == 0:
        return b"x=" + b"A" * 3_000_000, "application/x-www-form-urlencoded"
    if kind == 1:
        return encoded(
            (f"f{number}", "1") for number in range(draw(st.sampled_from([1001, 2001])))
        ), "application/x-www-form-urlencoded"
    if kind == 2:
        wrong = [
            "application/json",
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "",
            "a/b; charset=klingon",
        ]
        return draw(st.binary(max_size=60)), draw(st.sampled_from(wrong))
    if kind == 3:
        return encoded(
            [*valid.items(), (draw(st.sampled_from(names)), draw(st.sampled_from(HUGE)))]
        ), "application/x-www-form-urlencoded"
    pairs = [(name, value) for name, value in valid.items() if draw(st.integers(0, 9))]
    changes = draw(st.lists(st.tuples(st.sampled_from(names) | words.map(_name), pieces), min_size=1, max_size=4))
    for name, value in changes:
        if draw(st.booleans()):
            pairs = [pair for pair in pairs if pair[0] != name]
        pairs.append((name, value))
    charset = draw(st.sampled_from(["", "", "", "; charset=utf-8", "; charset=utf-16", "; charset=none"]))
    return encoded(pairs), f"application/x-www-form-urlencoded{charset}"


def _name(text):
    return text[:100].encode("utf-8", "surrogatepass")


def queries(names):
    """A query string of these parameters and strangers."""
    pairs = st.tuples(st.sampled_from(names) | words.map(_name), pieces)
    return st.lists(pairs, min_size=1, max_size=4).map(lambda found: encoded(found).decode())
