"""A text input with suggestions."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget


class SuggestionInput(UnfoldAdminTextInputWidget):
    """Suggests values, each with a label; any other text can be typed as well."""

    def __init__(self, suggestions: Iterable[tuple[str, str]], **options: Any) -> None:
        super().__init__(**options)
        self.suggestions = list(suggestions)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        list_id = f"{name}-suggestions"
        attributes = {**(attrs or {}), "list": list_id, "autocomplete": "off"}
        return format_html(
            '{}<datalist id="{}">{}</datalist>',
            super().render(name, value, attributes, renderer),
            list_id,
            format_html_join("", '<option value="{}">{}</option>', self.suggestions),
        )
