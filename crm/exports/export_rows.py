"""The rows of an export: filtered, in batches, neutralised and masked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from crm.exports.export_list import ExportColumn, ExportList, get_export_list
from crm.imports.formula_cells import escape_formula
from crm.tenancy.models import Organization

BATCH_SIZE = 1_000
MASK = "***"


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: a list, with filters and columns, and whether personal data is masked."""

    org: Organization
    declared: ExportList
    filters: Mapping[str, str]
    columns: Sequence[ExportColumn]
    is_masked: bool

    def get_header(self) -> list[str]:
        return [column.name for column in self.columns]

    def get_rows(self) -> QuerySet[Any]:
        return self.declared.filter_rows(self.org, self.filters)

    def iterate_batches(self, after: int | None = None) -> Iterator[tuple[int, list[list[Any]]]]:
        """Yield batches of a thousand rows with the key of the last, newest first."""
        keys = self.get_rows().order_by("-pk").values_list("pk", flat=True)
        while ids := list((keys if after is None else keys.filter(pk__lt=after))[:BATCH_SIZE]):
            after = ids[-1]
            yield after, [*self._load(ids)]

    def iterate_rows(self) -> Iterator[list[Any]]:
        """Yield the header and all rows."""
        yield self.get_header()
        for _, rows in self.iterate_batches():
            yield from rows

    def _load(self, ids: Sequence[int]) -> Iterator[list[Any]]:
        masked = [column.is_personal and self.is_masked for column in self.columns]
        for cells in self.declared.load(self.org, ids, self.columns):
            yield [
                mask(cell) if is_masked else escape_formula(cell)
                for cell, is_masked in zip(cells, masked, strict=True)
            ]


def build_export(
    *,
    org: Organization,
    name: str,
    filters: Mapping[str, str],
    columns: Sequence[str] = (),
    is_masked: bool = False,
) -> Export:
    """Return an export whose filters and columns are known.

    Raises:
        ExportListUnknown, ExportColumnUnknown, ExportFilterInvalid: they are not.
    """
    declared = get_export_list(name)
    export = Export(org, declared, filters, declared.choose_columns(columns), is_masked)
    export.get_rows()
    return export


def mask(cell: Any) -> str:
    """Return what is shown of personal data: its first letter, and the domain of an address."""
    text = str(cell)
    if not text:
        return ""
    name, at, domain = text.partition("@")
    return escape_formula(f"{name[:1]}{MASK}{at}{domain}" if name else MASK)
