"""Requests filed by the row; each waits for an approver, or approves itself by a switch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction

from crm.approvals import errors
from crm.approvals.domain.asking import Ask
from crm.approvals.domain.filing import file_request
from crm.approvals.domain.kinds.registry import KINDS
from crm.approvals.domain.kinds.wording import in_words
from crm.approvals.models import Request
from crm.approvals.rules.words import LONGEST_REASON
from crm.importing.cells import TextWidget
from crm.importing.columns import Column, ColumnOf
from crm.importing.mapping import FileReading
from crm.importing.rehearsing import CREATE, ERROR, SKIP, Effect, perform_rows, rehearse_rows
from crm.importing.row_cells import CellReader, Unreadable
from crm.importing.whom import IDENTIFIER, Owners, Whom, columns_of_customers, read_whom
from crm.kernel.errors import DomainError
from crm.runs.operations.staging import Key, Remark
from crm.runs.reading.table import Row
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin

KIND, OLD, NEW = "kind", "old_value", "new_value"
POINTS, PROGRAM, SERIES = "points", "program_id", "series_id"
TRANSACTION, BILL, MERGE = "transaction_id", "reference_id", "merge_id"
TARGET, REASON, COMMENTS = "target", "reason", "comments"
# Of whom a merge is the survivor, or who has the number.
TARGET_TYPES = {"mobile": "mobile", "email": "email", "externalId": "external id"}
# Which column is at fault, and what is said of it.
SENTENCES: Mapping[type[DomainError], tuple[str, str]] = {
    errors.NewValueMissing: (NEW, "The new value is missing."),
    errors.NewMobileInvalid: (NEW, "This number cannot be used, or somebody has it."),
    errors.NewEmailInvalid: (NEW, "This address cannot be used, or somebody has it."),
    errors.NewExternalIdInvalid: (NEW, "This external id cannot be used, or somebody has it."),
    errors.OldValueNotHeld: (OLD, "The customer does not have this value."),
    errors.PointsAskedInvalid: (POINTS, "Give a number of points above 0."),
    errors.RequestBaseTypeInvalid: (KIND, "There is no such kind of request here."),
    errors.RequestCustomerUnknown: ("", "There is no such customer."),
    errors.SurvivorIsVictim: (TARGET, "A customer cannot be merged with themselves."),
    errors.SurvivorMerged: (TARGET, "This customer was merged already."),
    errors.SurvivorPending: (TARGET, "A merge of this customer waits already."),
    errors.TargetUnknown: (TARGET, "Name the customer to merge into, or who has the number."),
    errors.TransactionClaimed: (TRANSACTION, "Another customer's request for this bill waits."),
    errors.ValueTooLong: ("", "A text of this row is too long or unreadable."),
    errors.VictimMerged: ("", "The customer was merged already."),
    errors.VictimPending: ("", "A merge of this customer waits already."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsReading(FileReading):
    """What holds for all rows; ``kind`` is that of rows that name none."""

    kind: str | None = None


@dataclass(slots=True)
class Asked:
    """What a row says; the same may stand twice: the second finds the first waiting."""

    whom: Whom = field(default_factory=Whom)
    target: Whom = field(default_factory=Whom)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    targets: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    kind: str = ""

    @property
    def keys(self) -> Sequence[Key]:
        return []


class RequestReader:
    """Reads the rows of one file."""

    def __init__(self, org: Organization, names: Sequence[str], reading: RequestsReading) -> None:
        self._org = org
        self._reading = reading
        self._kinds = {
            _plain(word): str(kind)
            for kind in KINDS
            for word in (str(kind), Request.Kind(kind).label)
        }
        self._cells: CellReader[Asked] = CellReader(
            names=names,
            reading=reading,
            columns=request_columns(org, reading),
            keeper=_keeper,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> Asked:
        """Say what the row asks for.

        Raises:
            Unreadable: with a remark for each cell that makes no sense.
        """
        said = Asked()
        remarks = self._cells.read(row, said)
        for part, named in (("whom", said.identifiers), ("target", said.targets)):
            of = self.column_of if part == "whom" else self._target_column
            try:
                setattr(said, part, read_whom(self._org, named, of))
            except Unreadable as problem:
                remarks += problem.remarks
        if not said.identifiers:
            remarks.append(("", "The row names no customer."))
        named_kind = said.values.pop(KIND, None) or self._reading.kind
        if named_kind is None:
            remarks.append((self.column_of(KIND), "Say what kind of request this is."))
        else:
            said.kind = self._kinds.get(_plain(named_kind), "")
            if not said.kind:
                remarks.append((self.column_of(KIND), "There is no such kind of request."))
        if REASON not in said.values:
            remarks.append((self.column_of(REASON), "Say why this is asked."))
        elif len(said.values[REASON]) > LONGEST_REASON:
            remarks.append((self.column_of(REASON), "This reason is too long."))
        if remarks:
            raise Unreadable(remarks)
        return said

    def repeated(self, kind: str, number: int) -> Remark:
        raise AssertionError("rows of requests have no keys")

    def _target_column(self, target: str) -> str:
        return self.column_of(f"{TARGET}.{target.removeprefix(f'{IDENTIFIER}.')}")


def request_columns(org: Organization, reading: FileReading) -> Mapping[str, Column]:
    """All columns by target, in the order in which they are offered."""
    text = TextWidget()
    group = "Request"
    columns = [
        *columns_of_customers("Customer"),
        Column(KIND, "Kind", text, group=group, synonyms="type basetype requesttype requestkind"),
        Column(OLD, "Old value", text, group=group, synonyms="old oldmobile oldemail from"),
        Column(NEW, "New value", text, group=group, synonyms="new newmobile newemail to"),
        Column(POINTS, "Points", text, group=group, synonyms="goodwillpoints"),
        Column(PROGRAM, "Program id", text, group=group, synonyms="program"),
        Column(SERIES, "Coupon series id", text, group=group, synonyms="series seriesid"),
        Column(TRANSACTION, "Transaction id", text, group=group, synonyms="transaction txnid"),
        Column(BILL, "Bill number", text, group=group, synonyms="bill number billno txnnumber"),
        Column(MERGE, "Merge to undo", text, group=group, synonyms="mergeid merge"),
        *(
            Column(
                f"{TARGET}.{kind}",
                f"Target customer's {word}",
                text,
                group="Target customer",
                synonyms=f"target{kind.lower()} survivor{kind.lower()}",
            )
            for kind, word in TARGET_TYPES.items()
        ),
        Column(REASON, "Reason", text, group=group, synonyms="why"),
        Column(COMMENTS, "Comments", text, group=group, synonyms="comment notes note remarks"),
    ]
    return {column.target: column for column in columns}


def ask_for(origin: Origin, reader: RequestReader, said: Sequence[Asked]) -> list[Effect]:
    """File the requests of a chunk; one effect for each row, in order. Refused ones leave none."""
    owners = Owners(origin.org.pk, [whom for one in said for whom in (one.whom, one.target)])
    return [_file(origin, reader, one, owners) for one in said]


def _file(origin: Origin, reader: RequestReader, one: Asked, owners: Owners) -> Effect:
    customer = owners.of(one.whom, reader.column_of)
    if not isinstance(customer, int):
        return Effect(ERROR, remarks=[customer] if customer else [])
    target = owners.of(one.target, reader._target_column)
    if isinstance(target, tuple):
        return Effect(ERROR, remarks=[target])
    asked = dict(one.values)
    if MERGE in asked:
        asked[MERGE] = int(asked[MERGE]) if str(asked[MERGE]).isdecimal() else 0
    try:
        # What a refused row has begun is undone; the others stay.
        with transaction.atomic():
            filed = file_request(
                origin=origin,
                ask=Ask(kind=one.kind, customer_id=customer, target_id=target, **asked),
            )
    except errors.SameRequestPending as waiting:
        remark = "", f"The same request waits already: {waiting.facts.get('request_id')}."
        return Effect(SKIP, customer, remarks=[remark])
    except DomainError as refusal:
        return Effect(ERROR, remarks=[_refused(refusal, reader.column_of)])
    request = filed.request
    after = {"request": request.kind, "customer": customer, "status": request.status}
    label = Request.Kind(request.kind).label
    return Effect(
        CREATE, customer, None, after, [("", f"{label}: {Request.Status(request.status).label}.")]
    )


def _refused(refusal: DomainError, column_of: ColumnOf) -> Remark:
    target, sentence = SENTENCES.get(type(refusal), ("", ""))
    if not sentence:
        return "", in_words(refusal)
    if target == TARGET:
        target = f"{TARGET}.mobile"
    return column_of(target) if target else "", sentence


def _plain(word: str) -> str:
    """A kind as people write it: any case, blanks or underscores."""
    return word.strip().casefold().replace("_", " ").replace("-", " ")


def _keeper(column: Column) -> Callable[[Asked, Any], None]:
    """Where a clean cell of this column goes."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda said, value: said.identifiers.append((key, value))
    if kind == TARGET:
        return lambda said, value: said.targets.append((key, value))
    return lambda said, value: said.values.__setitem__(kind, value)


plan_requests_of_file = partial(rehearse_rows, act=ask_for)
apply_requests_of_file = partial(perform_rows, act=ask_for)
