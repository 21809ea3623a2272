"""What keeps the launcher from starting; the message is for the person at the terminal."""


class LaunchError(Exception):
    """Something outside of us must change before a start can succeed; `str()` says what."""


class AlreadyRunning(LaunchError):
    """Another launcher holds the data folder."""


class NotReady(LaunchError):
    """A program was started and did not answer in time."""
