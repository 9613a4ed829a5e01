#!/usr/bin/env bash
# pip-audit 2.10.1, beside cyclonedx-bom 7.5.0: a package that its index does not answer for (a house's own, or any behind a mirror
# without the JSON addresses) is skipped; the audit then says "No known vulnerabilities found" and ends with 0, and its CycloneDX
# output leaves the package out, so that a bill of materials made by it may be empty. --strict ends with 1. cyclonedx-py lists it.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check pip-audit==2.10.1 cyclonedx-bom==7.5.0
cd "$place"
printf 'our-own-clinic-tools-of-one-house==1.0 --hash=sha256:%064d\n' 0 > requirements.txt
said=$(bin/pip-audit --requirement requirements.txt --disable-pip --require-hashes 2>&1) && code=0 || code=$?
bill=$(bin/pip-audit --requirement requirements.txt --disable-pip --require-hashes --format cyclonedx-json 2>/dev/null)
bin/pip-audit --requirement requirements.txt --disable-pip --require-hashes --strict >strict.txt 2>&1 && strict=0 || strict=$?
listed=$(bin/cyclonedx-py requirements requirements.txt)
count() { bin/python -c 'import json, sys; print(len(json.load(sys.stdin).get("components", [])))'; }
echo "exit $code: $said"
echo "components: pip-audit $(count <<<"$bill"), cyclonedx-py $(count <<<"$listed"); with --strict exit $strict: $(tail -1 strict.txt)"
[[ $code = 0 && $said = *"No known vulnerabilities found"* && $(count <<<"$bill") = 0 && $(count <<<"$listed") = 1 && $strict != 0 ]]
