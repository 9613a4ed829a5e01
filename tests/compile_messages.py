"""Compiles the translations without the gettext tools: `python tests/compile_messages.py`.

Collecting new words does need them: `manage.py makemessages -l es --no-location --no-obsolete -e html,py,xml,txt -i .venv -i var -i tests -i bench`.
What only staff see may stay untranslated; English is shown then.
"""

from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "portal" / "locale"

if __name__ == "__main__":
    for path in LOCALE.glob("*/LC_MESSAGES/*.po"):
        messages = polib.pofile(str(path))
        messages.save_as_mofile(str(path.with_suffix(".mo")))
        missing = len(messages.untranslated_entries()) + len(messages.fuzzy_entries())
        print(f"{path.parent.parent.name}: {messages.percent_translated()} % translated, {missing} missing or unsure")
