#!/usr/bin/env bash
# hl7 0.4.5 (HL7 v2 messages): what `escape` writes for a character beyond U+00FF, `unescape` reads as two others.
# "10⁹/L" becomes "10 y/L", "≥ 5 mg" becomes "\"e 5 mg", and a name is another name. Characters up to U+00FF survive.
# So a v2 interface must not send its text through the two; declare UNICODE UTF-8 in MSH-18 and escape the separators alone.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check hl7==0.4.5
"$place/bin/python" - <<'END'
import hl7

message = hl7.parse("MSH|^~\\&|PORTAL\rPID|1\r")
seen = {text: message.unescape(message.escape(text)) for text in ["José", "10⁹/L", "≥ 5 mg", "Nguyễn"]}
for text, back in seen.items():
    print(f"hl7 {hl7.__version__}: {text!r} -> {message.escape(text)!r} -> {back!r}")
assert seen == {"José": "José", "10⁹/L": "10 y/L", "≥ 5 mg": '"e 5 mg', "Nguyễn": "Nguy\x1e\xc5n"}, seen
END
