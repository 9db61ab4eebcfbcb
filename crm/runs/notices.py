"""Warnings of imports: what a caller should know although the file was taken."""

from collections.abc import Mapping

from crm.kernel.errors import mark_sentence as _

COLUMN_IGNORED = "runs.column_ignored"  # fact: column
NUMBERS_OPEN = "runs.numbers_open"  # nobody has said how numbers are written
FILE_SEEN_BEFORE = "runs.file_seen_before"  # fact: import_id
QUESTION_OPEN = "runs.question_open"  # the dry run stopped with a question (fact: question)
IMPORT_FACT = "runs.import_fact"  # what the counts mean (fact: sentence)

MESSAGES: Mapping[str, str] = {
    COLUMN_IGNORED: _("The column “{column}” is not imported."),
    NUMBERS_OPEN: _(
        "Numbers such as 1.234 or 1,234 can be read in two ways: say numbers=point or "
        "numbers=comma if the check asks."
    ),
    FILE_SEEN_BEFORE: _("The same file was imported before, as import {import_id}."),
    QUESTION_OPEN: _("The check stopped with a question. {question}"),
    IMPORT_FACT: _("Note: {sentence}"),
}
