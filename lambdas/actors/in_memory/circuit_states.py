"""Circuits in memory."""

from lambdas.actors.circuits import Circuit


class InMemoryCircuitStates:
    """A CircuitStates whose circuits live as long as the process."""

    def __init__(self) -> None:
        self.circuits: dict[str, Circuit] = {}

    def read(self, destination: str) -> Circuit:
        """Read a circuit; one that was never written is closed."""
        return self.circuits.get(destination, Circuit())

    def change(self, destination: str, circuit: Circuit) -> bool:
        """Write a circuit if the version before it is stored."""
        if self.read(destination).version != circuit.version - 1:
            return False
        self.circuits[destination] = circuit
        return True
