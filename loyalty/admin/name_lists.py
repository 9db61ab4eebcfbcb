"""Lists of names on forms: one a line."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from unfold.widgets import UnfoldAdminTextareaWidget

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_NAMES = 1_000
LONGEST_NAME = 200


def make_names_field(label: "StrOrPromise", help_text: "StrOrPromise") -> forms.CharField:
    """Return a field for a list of names, one a line."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=MOST_NAMES * (LONGEST_NAME + 2),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=help_text,
    )


def read_names(
    texts: Iterable[str], *, most: int = MOST_NAMES, longest: int = LONGEST_NAME
) -> list[str]:
    """Return the trimmed texts without empty and repeated ones.

    Raises:
        ValidationError: there are too many, or one is too long.
    """
    names = list(dict.fromkeys(name for text in texts if (name := text.strip())))
    if len(names) > most or any(len(name) > longest for name in names):
        raise forms.ValidationError(
            gettext("Enter at most {count} entries of at most {length} characters each.").format(
                count=most, length=longest
            )
        )
    return names
