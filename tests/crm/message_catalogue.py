"""Read the messages in the source, in a .po file and in a .mo file, without GNU gettext."""

import ast
import gettext as gnu_gettext
import re
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "staff_text", "TextTemplate"}
PLURAL_MARKERS = {"ngettext", "ngettext_lazy"}
CONTEXT_MARKERS = {"pgettext", "pgettext_lazy"}
CONTEXT_END = "\x04"
TEMPLATE_CALL = re.compile(
    r"""\b(n?p?gettext)\(u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[,\s]|u)+)"""
)
STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


def list_source_messages():
    """Return the messages that the code and the templates mark: keys as in a catalogue."""
    messages = set()
    for package in ("crm", "customers", "loyalty"):
        for path in (ROOT / package).rglob("*.py"):
            messages |= _list_python_messages(ast.parse(path.read_text()))
    for path in (ROOT / "templates").rglob("*.html"):
        messages |= _list_template_messages(path.read_text())
    return messages


def _list_python_messages(tree):
    messages = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", "")
        texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        if name in MARKERS | PLURAL_MARKERS and isinstance(texts[0], str):
            messages.add(texts[0])
        if name in CONTEXT_MARKERS and None not in texts[:2]:
            messages.add(f"{texts[0]}{CONTEXT_END}{texts[1]}")
    return messages


def _list_template_messages(source):
    messages = set()
    for kind, arguments in TEMPLATE_CALL.findall(templatize(source)):
        texts = [ast.literal_eval(text) for text in STRING.findall(arguments)]
        messages.add(CONTEXT_END.join(texts[:2]) if "pg" in kind else texts[0])
    return messages


def read_po(path):
    """Return the entries of a .po file: key, plural or None, texts, flags."""
    entries = []
    for block in path.read_text().split("\n\n"):
        fields, flags, name = {}, set(), ""
        for line in block.splitlines():
            if line.startswith("#,"):
                flags |= {flag.strip() for flag in line[2:].split(",")}
            elif line.startswith('"'):
                fields[name] += ast.literal_eval(line)
            elif line and not line.startswith("#"):
                name, _, text = line.partition(" ")
                fields[name] = ast.literal_eval(text)
        if not fields:
            continue
        context = f"{fields['msgctxt']}{CONTEXT_END}" if "msgctxt" in fields else ""
        texts = [text for name, text in fields.items() if name.startswith("msgstr")]
        entries.append((context + fields["msgid"], fields.get("msgid_plural"), texts, flags))
    return entries


def read_mo(path):
    """Return the texts of a compiled catalogue by key; a plural has a key for each form."""
    with path.open("rb") as file:
        return dict(gnu_gettext.GNUTranslations(file)._catalog)


def compile_entries(entries):
    """Return what a .mo file with these entries holds, as ``read_mo`` does."""
    catalogue = {}
    for key, plural, texts, _ in entries:
        if plural is None:
            catalogue[key] = texts[0]
        else:
            catalogue |= {(key, number): text for number, text in enumerate(texts)}
    return catalogue
