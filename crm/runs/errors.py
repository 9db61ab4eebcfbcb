"""Refusals of imports and exports (contract, section 12)."""

from crm.kernel.errors import DomainError
from crm.kernel.errors import mark_sentence as _


class ImportUnknown(DomainError):
    """The organization has no import of this number."""

    code = "runs.import_unknown"
    message = _("There is no such import.")


class ImportKindUnknown(DomainError):
    """There is no import type of this name (fact: ``kind``)."""

    code = "runs.import_kind_unknown"
    message = _("There is no import type “{kind}”.")


class ImportFileMissing(DomainError):
    """The request has no file, or several."""

    code = "runs.import_file_missing"
    message = _("Send one file: as the form field “file”, or as the body with fileName.")


class ImportFileUnreadable(DomainError):
    """The file is no table that can be read (fact: ``reason``)."""

    code = "runs.import_file_unreadable"
    message = _("The file cannot be imported. {reason}")


class ImportOptionsInvalid(DomainError):
    """The column mapping or an option does not fit the file (fact: ``reason``)."""

    code = "runs.import_options_invalid"
    message = _("The file cannot be read with these options. {reason}")


class WrongImportStep(DomainError):
    """The import is at another step (fact: ``reason``, a sentence)."""

    code = "runs.import_step_wrong"
    message = _("The import is in another state. {reason}")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)

    def __str__(self) -> str:
        return str(self.facts["reason"])


class ExportListUnknown(DomainError):
    """There is no list of this name to export (fact: ``name``)."""

    code = "runs.export_list_unknown"
    message = _("There is no list “{name}” to export.")


class ExportColumnUnknown(DomainError):
    """The list has no column of this name (fact: ``name``)."""

    code = "runs.export_column_unknown"
    message = _("The list has no column “{name}”.")


class ExportFilterInvalid(DomainError):
    """The list has no filter of this name, or the filter not this value (fact: ``name``)."""

    code = "runs.export_filter_invalid"
    message = _("The list has no filter “{name}”, or it does not take this value.")


class ExportUnknown(DomainError):
    """The organization has no export of this number."""

    code = "runs.export_unknown"
    message = _("There is no such export.")


class ExportExpired(DomainError):
    """The file of the export was deleted after a week."""

    code = "runs.export_expired"
    message = _("The file of this export was deleted. Export the list again.")


class ExportFailed(DomainError):
    """The export failed or was cancelled."""

    code = "runs.export_failed"
    message = _("This export failed. Export the list again.")
