#!/usr/bin/env bash
# email-reply-parser 0.5.12 keeps what a person wrote anew in an answer and drops signatures and quoted text. A list written with a hyphen and no space is taken for
# a signature, and so is all below it: a parent's "-fever since Monday" never arrives. A sentence that begins with "On" and ends with "wrote:" drops the whole
# message, although nothing is quoted. The same list with a space after the hyphen stays; a Spanish quotation is not seen as one.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check email-reply-parser==0.5.12
"$place/bin/python" - <<'END'
from email_reply_parser import EmailReplyParser

seen = {text: EmailReplyParser.parse_reply(text) for text in [
    "We can come on Tuesday.\n\n-fever since Monday\n-he takes 5 mg",
    "We can come on Tuesday.\n\n- fever since Monday\n- he takes 5 mg",
    "On Monday she had a fever and the doctor wrote:\ngive 5 mg\nthen we stopped.",
    "Sí.\n\nEl mar, 1 dic 2026 a las 10:00, Clínica <a@example.org> escribió:\n> ¿Puede venir?",
]}
for text, kept in seen.items():
    print(f"{text!r} -> {kept!r}")
assert list(seen.values()) == [
    "We can come on Tuesday.",
    "We can come on Tuesday.\n\n- fever since Monday\n- he takes 5 mg",
    "",
    "Sí.\n\nEl mar, 1 dic 2026 a las 10:00, Clínica <a@example.org> escribió:",
], seen
END
