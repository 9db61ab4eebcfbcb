"""manage.py makemessages: collect the texts that staff see, and compile what is translated."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.commands import makemessages

# Headers that change with every run.
VOLATILE_HEADERS = ('"POT-Creation-Date:', '"Report-Msgid-Bugs-To:')


class Command(makemessages.Command):
    """Django's command, for our texts only; it needs GNU gettext.

    Texts of the domain are marked with ``staff_text`` and ``TextTemplate``. Sorted, without
    locations and volatile headers, so that two branches that add texts seldom conflict.
    """

    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=staff_text",
        "--keyword=TextTemplate",
    ]
    msgattrib_options = [*makemessages.Command.msgattrib_options, "--sort-output"]

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] += [".venv", "tests", "var", "crm/demo"]
        options["no_location"] = options["no_obsolete"] = options["no_wrap"] = True
        super().handle(*args, **options)
        call_command("compilemessages", ignore_patterns=[".venv"], verbosity=0)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        for path in Path(potfile).parent.glob(f"{locale}/LC_MESSAGES/*.po"):
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(x for x in lines if not x.startswith(VOLATILE_HEADERS)))
