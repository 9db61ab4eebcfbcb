"""manage.py makemessages: collect the texts that staff see, for the translators."""

from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's command, for our texts only; it needs GNU gettext.

    Texts of the domain are marked with ``staff_text`` and ``TextTemplate``. Without locations and
    with one text a line, two branches that add texts seldom conflict.
    """

    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=staff_text",
        "--keyword=TextTemplate",
    ]

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] += [".venv", "tests", "var", "crm/demo"]
        options["no_location"] = options["no_obsolete"] = options["no_wrap"] = True
        super().handle(*args, **options)
