"""State of a device that lives as long as this process."""

from ringtree_device.job import DeviceState


class InMemoryStateStore:
    """A StateStore for simulated devices and tests; hand it to the next life of a device to simulate a restart."""

    def __init__(self) -> None:
        self._state = DeviceState()

    def load(self) -> DeviceState:
        """The last saved state."""
        return self._state

    def save(self, state: DeviceState) -> None:
        """Replace the state."""
        self._state = state
