"""The format of idempotency keys, and the fingerprint of a request."""

import hashlib
import re
from datetime import timedelta

RETENTION = timedelta(hours=24)
# Longer than any request may run. If one takes longer, the receipts still prevent doing the work
# twice.
LEASE_DURATION = timedelta(seconds=90)

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def is_valid_key(value: str) -> bool:
    return bool(_KEY.fullmatch(value)) and bool(value.strip())


def build_fingerprint(method: str, path: str, body: bytes, boundary: bytes = b"") -> str:
    """Digest what makes two requests the same; ``path`` includes the query.

    ``boundary`` is what divides the parts of a multipart body. Clients draw another one for each
    try, so it does not count.
    """
    if boundary:
        body = body.replace(b"--" + boundary, b"--")
    digest = hashlib.sha256()
    for part in (method.encode(), path.encode("utf-8", "surrogateescape"), body):
        # The lengths keep "/a" + "b" apart from "/" + "ab".
        digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()
