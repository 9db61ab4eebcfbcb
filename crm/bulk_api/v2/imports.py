"""Imports (contract, section 12): upload, list, one import, and what columns may mean."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.bulk_api.v2.import_query import (
    ColumnsQuery,
    ListQuery,
    UploadQuery,
    build_upload_options,
    list_keys_of_kind,
)
from crm.bulk_api.v2.import_shapes import (
    ColumnOut,
    ColumnsOut,
    ImportDetailsOut,
    ImportOut,
    ImportsOut,
    UploadedOut,
    build_page,
)
from crm.bulk_api.v2.kind_columns import build_kind
from crm.dialects.answer_shapes import Answer
from crm.dialects.api_page.examples import load_examples
from crm.dialects.serializer_input import flatten_query, validate_data
from crm.dialects.uploads import CSV, FORM, digest_upload, receive_body, take_upload
from crm.dialects.v2.views import V2View
from crm.imports.import_kinds import find_import_kind, list_import_kinds
from crm.imports.queries.import_counts import list_facts
from crm.imports.queries.import_lists import list_imports, list_samples
from crm.imports.queries.import_runs import find_earlier_import, find_question, get_import
from crm.imports.uploads import PreparedUpload, prepare_upload, start_upload
from crm.kernel.errors import Notice
from crm.runs import errors
from crm.runs.models import ImportRun
from crm.runs.notices import FILE_SEEN_BEFORE, IMPORT_FACT, QUESTION_OPEN
from crm.tenancy.errors import ScopeMissing
from crm.tenancy.models import Scope

TAG = "v2 imports and exports"
# An import of the demo.
IMPORT_EXAMPLE = {"import_id": 1}


def get_upload(org_id: int, import_id: int) -> ImportRun:
    """Return an import of the caller's organization.

    Raises:
        ImportUnknown: the organization has no such import.
    """
    try:
        return get_import(org_id=org_id, import_id=import_id)
    except ImportRun.DoesNotExist as missing:
        raise errors.ImportUnknown() from missing


def list_import_notices(upload: ImportRun) -> Iterable[Notice]:
    """Yield what a caller should know about an import."""
    question = find_question(upload.dry_run)
    if question is not None:
        yield Notice(QUESTION_OPEN, question=str(question))
    for fact in list_facts(upload):
        yield Notice(IMPORT_FACT, sentence=str(fact))


class ImportKindView(V2View):
    """A view that brings rows in, by the scope of their kind."""

    def check_kind(self, key: str) -> None:
        """Refuse a kind whose rows need a scope that the caller lacks (ScopeMissing)."""
        scope = find_import_kind(key).scope
        if scope and scope not in self.caller.scopes:
            raise ScopeMissing(scope=scope)


class ImportView(ImportKindView):
    """A view that answers one import."""

    def build_import(self, import_id: int) -> Answer:
        upload = get_upload(self.org.pk, import_id)
        return ImportDetailsOut.build(
            upload,
            samples=list_samples(import_ids=[upload.pk])[upload.pk],
            warnings=self.warnings(list_import_notices(upload)),
        )


class ImportIn(serializers.Serializer):
    file = serializers.FileField(help_text="A CSV or Excel file of at most 1 GiB.")


class Imports(ImportKindView):
    """POST and GET /v2/imports"""

    operation = {"POST": "imports.upload", "GET": "imports.list"}
    scopes = {"POST": Scope.IMPORTS_WRITE, "GET": Scope.IMPORTS_WRITE}
    batch = True  # the file is read before the unit of work begins
    parser_classes = [MultiPartParser]
    wording = {"POST": {"request.media_type_unsupported": "request.media_type_unsupported.file"}}
    refusals = {
        "POST": [
            errors.ImportFileMissing,
            errors.ImportFileUnreadable,
            errors.ImportKindUnknown,
            errors.ImportOptionsInvalid,
        ]
    }
    _upload: tuple[UploadedFile, Mapping[str, Any]] | None = None

    @extend_schema(
        summary="Upload a file to import",
        tags=[TAG],
        parameters=[UploadQuery],
        request={FORM: ImportIn, CSV: OpenApiTypes.STR},
        responses={202: UploadedOut},
        examples=load_examples(__file__, "upload_import"),
    )
    def post(self, request: Request) -> Response:
        """Upload a CSV or Excel file, and check every row of it in the background.

        The file is the form field `file`, or the body itself (`text/csv`, or the type of .xlsx)
        with `fileName`. It may have 1 GiB and is never held in memory. Columns are recognised by
        their names; `mapping` says it of those that are not. Encoding, delimiter and how dates and
        numbers are written are found out as well.

        Nothing is imported before `POST /v2/imports/{id}/confirm`, or with `autoConfirm` before
        the check is done. Where a cell contradicts how the file is read, the check stops: the
        import is `FAILED` with a question in `reason`, and `POST .../continue?dates=...` or
        `?numbers=...` answers it. The same options on the upload answer it beforehand.

        A file of failed rows (`errors.csv`) is read as the file that its rows came from. The
        options may be fields of the form, too. The run is attributed to the till. The kind
        `fraud_marks` needs the scope `customers.fraud` as well, here and in each further step.
        """
        file, fields = self._take_upload()
        query = self._read_options(fields)
        self.check_kind(query["kind"])
        prepared = prepare_upload(
            org=self.org,
            kind=find_import_kind(query["kind"]),
            file=file,  # type: ignore[arg-type]
            size=file.size or 0,
            name=str(file.name),
            options=build_upload_options(query),
        )
        file.seek(0)
        answer = self.receipts.run_once(0, lambda: self._start(prepared, file))
        return Response(answer, status=202)

    @extend_schema(
        summary="List imports",
        tags=[TAG],
        parameters=[ListQuery],
        responses=ImportsOut,
        examples=load_examples(__file__, "list_imports"),
    )
    def get(self, request: Request) -> Response:
        """List the imports of the organization, newest first: those of the dashboard as well."""
        query = self.read_query(ListQuery)
        page = list_imports(
            org_id=self.org.pk,
            kinds=list_keys_of_kind(query.get("kind")),
            state=query.get("state", ""),
            limit=query["limit"],
            offset=query["offset"],
        )
        samples = list_samples(import_ids=[upload.pk for upload in page.imports])
        data = [ImportOut.build(upload, samples=samples[upload.pk]) for upload in page.imports]
        return Response(build_page(query, page.total, data))

    def receive_body(self, request: Request) -> None:
        if request.method == "POST":
            receive_body(request)
        else:
            super().receive_body(request)

    def respond(self) -> HttpResponse:
        try:
            return super().respond()
        finally:
            if self._upload is not None:
                self._upload[0].close()

    def digest_body(self) -> bytes | None:
        return digest_upload(self._take_upload()[0])

    def _take_upload(self) -> tuple[UploadedFile, Mapping[str, Any]]:
        if self._upload is None:
            name = self.request.query_params.get("fileName", "").replace("\0", "")[:200]
            self._upload = take_upload(self.request, name)
        return self._upload

    def _read_options(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        named = {name: value for name, value in fields.items() if value}
        # JSON holds commas, which joined parameters have as well.
        return validate_data(UploadQuery, {**named, **flatten_query(self.request.query_params)})

    def _start(self, prepared: PreparedUpload, file: UploadedFile) -> Answer:
        upload = start_upload(origin=self.origin, prepared=prepared, file=file, name=str(file.name))
        upload = get_upload(self.org.pk, upload.pk)
        earlier = find_earlier_import(upload)
        notices = [*prepared.list_notices()]
        if earlier is not None:
            notices.append(Notice(FILE_SEEN_BEFORE, import_id=earlier.upload.pk))
        answer = UploadedOut.build(
            upload,
            samples=[],
            seen_before=earlier is not None,
            warnings=self.warnings(notices),
        )
        answer["columns"] = ColumnOut.build_all(prepared.columns)
        # A receipt keeps JSON.
        return {
            name: value.astimezone(self.org.zone).replace(microsecond=0).isoformat()
            if hasattr(value, "isoformat")
            else value
            for name, value in answer.items()
        }


class Import(ImportView):
    """GET /v2/imports/{id}"""

    operation = "imports.get"
    scopes = {"GET": Scope.IMPORTS_WRITE}
    examples = {"GET": IMPORT_EXAMPLE}
    refusals = {"GET": [errors.ImportUnknown]}

    @extend_schema(
        summary="Get an import",
        tags=[TAG],
        responses=ImportDetailsOut,
        examples=load_examples(__file__, "get_import"),
    )
    def get(self, request: Request, import_id: int) -> Response:
        """Get an import: its state, its counts, and how far it is."""
        return Response(self.build_import(import_id))


class ImportColumns(V2View):
    """GET /v2/imports/columns"""

    operation = "imports.columns"
    scopes = {"GET": Scope.IMPORTS_WRITE}
    refusals = {"GET": [errors.ImportKindUnknown]}

    @extend_schema(
        summary="List what columns can mean",
        tags=[TAG],
        parameters=[ColumnsQuery],
        responses=ColumnsOut,
        examples=load_examples(__file__, "list_columns"),
    )
    def get(self, request: Request) -> Response:
        """List the targets and options of one kind of import, or of all.

        A column is recognised by a label, the last part of a target, or a synonym, whatever its
        case, accents, blanks and dashes.
        """
        name = self.read_query(ColumnsQuery).get("kind")
        kinds = [find_import_kind(name)] if name else list_import_kinds()
        return Response({"data": [build_kind(kind, self.org) for kind in kinds]})
