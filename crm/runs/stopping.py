"""Telling the work of this process to stop at the next good moment."""


class StopSign:
    """Raised by a signal, looked at between two chunks.

    A plain flag: a lock, as threading's Event has one, can deadlock in a signal handler.
    """

    def __init__(self) -> None:
        self.is_up = False

    def put_up(self) -> None:
        self.is_up = True

    def take_down(self) -> None:
        self.is_up = False


# A signal is sent to the process, so there is one for the process.
STOP = StopSign()
