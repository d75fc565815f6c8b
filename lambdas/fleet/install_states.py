"""The life of one release on one device."""

from enum import StrEnum


class InstallState(StrEnum):
    """State of a device deployment. Done means: came back on the new release and confirmed it."""

    OFFERED = "offered"
    DOWNLOADING = "downloading"
    INSTALLING = "installing"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    SILENT = "silent"
    DEFERRED = "deferred"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the device deployment has ended."""
        return self in FINAL_STATES

    @property
    def is_past_return(self) -> bool:
        """Whether the device has begun to change what it runs, so that a halt comes too late for it."""
        return self in (InstallState.INSTALLING, InstallState.VERIFYING)


FINAL_STATES = frozenset(
    {
        InstallState.DONE,
        InstallState.FAILED,
        InstallState.ROLLED_BACK,
        InstallState.SILENT,
        InstallState.DEFERRED,
        InstallState.CANCELLED,
    }
)
