"""The flag that tells this process to stop after the current chunk."""


class StopFlag:
    """Set by a signal, and checked between two chunks.

    A plain attribute: the lock of ``threading.Event`` can deadlock in a signal handler.
    """

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        self.is_set = True

    def clear(self) -> None:
        self.is_set = False


# A signal is sent to the process, so the process has one flag.
STOP_FLAG = StopFlag()
