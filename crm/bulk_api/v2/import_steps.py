"""The steps of an import: confirm, cancel, continue (contract, section 12)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.bulk_api.v2.import_query import ContinueQuery
from crm.bulk_api.v2.import_shapes import ImportDetailsOut
from crm.bulk_api.v2.imports import TAG, ImportView, get_upload
from crm.dialects.api_page.examples import load_examples
from crm.imports.operations.cancel import cancel_import
from crm.imports.operations.import_runs import answer_question, continue_import, start_apply
from crm.imports.operations.undo import undo_import
from crm.kernel.errors import DomainError
from crm.runs import errors
from crm.tenancy.models import Scope

REFUSALS: list[type[DomainError]] = [errors.ImportUnknown, errors.WrongImportStep]


class StepIn(serializers.Serializer):
    """A step needs no body."""


class StepView(ImportView):
    """An operation that takes an import to its next state."""

    scopes = {"POST": Scope.IMPORTS_WRITE}
    refusals = {"POST": REFUSALS}

    def read_step(self, import_id: int) -> None:
        """Read the body, which may be missing, and look the import up."""
        # Clients name a type for a body that they do not send.
        if self.request.META.get("CONTENT_LENGTH") not in (None, "", "0") and self.request.data:
            self.read_body(StepIn)
        self.check_kind(get_upload(self.org.pk, import_id).kind)


class ConfirmImport(StepView):
    """POST /v2/imports/{id}/confirm"""

    operation = "imports.confirm"
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {"POST": {"import_id": 2}}

    @extend_schema(
        summary="Confirm an import",
        tags=[TAG],
        request=None,
        responses=ImportDetailsOut,
        examples=load_examples(__file__, "step_import"),
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Import what the check has shown, in the background. The import must be `CHECKED`."""
        self.read_step(import_id)
        start_apply(origin=self.origin, import_id=import_id)
        return Response(self.build_import(import_id))


class CancelImport(StepView):
    """POST /v2/imports/{id}/cancel"""

    operation = "imports.cancel"
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {"POST": {"import_id": 3}}

    @extend_schema(
        summary="Cancel an import",
        tags=[TAG],
        request=None,
        responses=ImportDetailsOut,
        examples=load_examples(__file__, "step_import"),
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Cancel a check or an import that is on its way. Rows that were imported stay, and
        `continue` does the rest later.
        """
        self.read_step(import_id)
        cancel_import(origin=self.origin, import_id=import_id)
        return Response(self.build_import(import_id))


class ContinueImport(StepView):
    """POST /v2/imports/{id}/continue"""

    operation = "imports.continue"
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {"POST": {"import_id": 4}}

    @extend_schema(
        summary="Continue an import",
        tags=[TAG],
        parameters=[ContinueQuery],
        request=None,
        responses=ImportDetailsOut,
        examples=load_examples(__file__, "step_import"),
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Continue a check or an import that failed or was cancelled, where it stopped; no row is
        applied twice.

        Where the check stopped with a question, `dates` or `numbers` answers it: the file is
        checked again, as a new import, and that is what is answered.
        """
        self.read_step(import_id)
        formats = ContinueQuery.read_formats(self.read_query(ContinueQuery))
        if any(value is not None for value in formats.values()):
            upload = answer_question(origin=self.origin, import_id=import_id, **formats)
            return Response(self.build_import(upload.pk))
        continue_import(origin=self.origin, import_id=import_id)
        return Response(self.build_import(import_id))


class UndoIn(serializers.Serializer):
    rows = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=10**9),
        required=False,
        max_length=10_000,
        help_text="The numbers of the rows to undo; all rows if missing.",
    )


class UndoImport(StepView):
    """POST /v2/imports/{id}/undo"""

    operation = "imports.undo"
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {"POST": {"import_id": 1}}

    @extend_schema(
        summary="Undo an import",
        tags=[TAG],
        request=UndoIn,
        responses=ImportDetailsOut,
        examples=load_examples(__file__, "undo_import"),
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Take an import back in the background, as a whole or in chosen rows.

        Rows that somebody has changed since are left as they are. Above a number of rows that the
        organization sets, the undo waits until somebody else approves it in the dashboard.
        """
        self.check_kind(get_upload(self.org.pk, import_id).kind)
        rows: list[int] = []
        if request.META.get("CONTENT_LENGTH") not in (None, "", "0") and request.data:
            rows = self.read_body(UndoIn).get("rows", [])
        undo_import(origin=self.origin, import_id=import_id, rows=rows)
        return Response(self.build_import(import_id))
