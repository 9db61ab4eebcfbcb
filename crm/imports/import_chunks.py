"""How a file's rows are worked on: in chunks, by the import of their type."""

from dataclasses import replace

from crm.imports.file_import import FileImport
from crm.imports.import_kinds import get_import_kind
from crm.runs.models import ImportRun

# Larger chunks save little. On SQLite a chunk holds the only write lock, and others wait for it.
CHUNK_SIZES = {"postgresql": 2_000, "sqlite": 500}


def build_import(upload: ImportRun) -> FileImport:
    """Build what imports the rows of this file, or undoes them."""
    kind = get_import_kind(upload.kind)
    mapping = kind.mapping_class.of_json(upload.mapping)
    is_workbook = upload.format == ImportRun.Format.XLSX
    importer = kind(upload.org, upload.header, replace(mapping, has_typed_numbers=is_workbook))
    importer.mode = upload.mode
    return importer
