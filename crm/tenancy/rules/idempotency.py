"""What an Idempotency-Key is, and what "the same request" means."""

import hashlib
import re
from datetime import timedelta

KEPT_FOR = timedelta(hours=24)
# Longer than any request may run. When one outlives it all the same, the receipts keep both
# from doing the work twice.
LEASE = timedelta(seconds=90)

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def is_key(given: str) -> bool:
    return bool(_KEY.fullmatch(given)) and bool(given.strip())


def fingerprint(method: str, path: str, body: bytes, boundary: bytes = b"") -> str:
    """Digest what makes two requests the same; ``path`` includes the query.

    ``boundary`` is what divides the parts of a multipart body. Clients draw another one for each
    try, so it does not count.
    """
    if boundary:
        body = body.replace(b"--" + boundary, b"--")
    said = hashlib.sha256()
    for part in (method.encode(), path.encode("utf-8", "surrogateescape"), body):
        # The lengths keep "/a" + "b" apart from "/" + "ab".
        said.update(f"{len(part)}:".encode() + part)
    return said.hexdigest()
