"""When an operator should be called, said by the construct that knows."""

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch


@dataclass(frozen=True, slots=True)
class AlarmSpec:
    """A number that must not reach a limit. The observability stack makes it an alarm: constructs need no topic."""

    name: str
    """Short PascalCase noun, unique within the fleet, for example ``DeviceMailboxAge``."""
    meaning: str
    """What has happened and where to look first; the text an operator is sent."""
    metric: cloudwatch.Metric
    threshold: float
    """The alarm rings when the metric is above it."""
    periods: int = 1
    """Periods of the metric, one after the other, that must be above the threshold."""
