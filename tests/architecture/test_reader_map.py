"""The reader's map names files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    "crm/docs/architecture.md",
    "crm/docs/languages.md",
    "crm/docs/words.md",
]
_PATH = re.compile(r"`((?:crm|customers|loyalty|tests|templates)/[\w./]+)`")


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page):
    paths = _PATH.findall((ROOT / page).read_text())

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
