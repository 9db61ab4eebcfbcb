"""Is the database away? Then the same request can succeed later."""

import sqlite3

from django.db import Error, InterfaceError, OperationalError

# Seconds until a caller should try again; a restart takes about as long.
RETRY_AFTER = 5

# PostgreSQL: connection lost, log-in refused, no such database, rolled back by a conflict, out of
# resources, stopped by an operator, input or output failed.
_AWAY_CLASSES = {"08", "28", "3D", "40", "53", "57", "58"}
# A lock was not available in time; a standby that takes no writes.
_AWAY_SQLSTATES = {"55P03", "25006"}


def is_database_away(failure: BaseException | None) -> bool:
    """Whether a failure says that the database cannot work now, not that a statement is wrong."""
    if not isinstance(failure, Error):
        return False
    cause = failure.__cause__
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate is not None:
        return sqlstate[:2] in _AWAY_CLASSES or sqlstate in _AWAY_SQLSTATES
    if isinstance(cause, sqlite3.Error):
        # A wrong statement is SQLITE_ERROR; a locked, full or broken file has a code of its own.
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return isinstance(failure, OperationalError) and code != sqlite3.SQLITE_ERROR
    # Without a code it is the connection that failed: none was made, it was lost, or none was free.
    return isinstance(failure, OperationalError | InterfaceError)
