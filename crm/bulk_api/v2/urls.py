"""Imports and exports in v2: the table of contents."""

from django.urls import path

import crm.dialects.path_converters  # noqa: F401  registers <id:...>
from crm.bulk_api.v2.exports import ExportFile, ExportLists, ExportOneList
from crm.bulk_api.v2.import_rows import ImportErrors, ImportRows
from crm.bulk_api.v2.import_steps import CancelImport, ConfirmImport, ContinueImport, UndoImport
from crm.bulk_api.v2.imports import Import, ImportColumns, Imports

urlpatterns = [
    path("exports", ExportLists.as_view()),
    path("exports/<id:export_id>", ExportFile.as_view()),
    path("exports/<str:list_name>", ExportOneList.as_view()),
    path("imports", Imports.as_view()),
    path("imports/columns", ImportColumns.as_view()),
    path("imports/<id:import_id>", Import.as_view()),
    path("imports/<id:import_id>/rows", ImportRows.as_view()),
    path("imports/<id:import_id>/errors.csv", ImportErrors.as_view()),
    path("imports/<id:import_id>/confirm", ConfirmImport.as_view()),
    path("imports/<id:import_id>/cancel", CancelImport.as_view()),
    path("imports/<id:import_id>/continue", ContinueImport.as_view()),
    path("imports/<id:import_id>/undo", UndoImport.as_view()),
]
