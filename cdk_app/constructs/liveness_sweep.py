"""How silence is noticed."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from cdk_app.constructs.device_metrics_table import DeviceMetricsTable
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.constructs.runtime_records_table import RuntimeRecordsTable
from cdk_app.constructs.wake_ups import LEASE_MARGIN
from lambdas.settings.liveness_sweep import LivenessSweepSettings

INTERVAL = Duration.minutes(1)


class LivenessSweep(Construct):
    """Once a minute, the devices whose lease has run out are marked offline and their agents told."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.EventBus,
        device_metrics: DeviceMetricsTable,
        devices: Mailbox,
        runtime_records: RuntimeRecordsTable,
        package: FunctionPackage,
    ) -> None:
        """Make the sweep and its schedule."""
        super().__init__(scope, construct_id)
        environment = package.environment
        self.sweep = PythonFunction(
            self,
            "Sweep",
            package=package,
            entrypoint="liveness_sweep",
            settings=LivenessSweepSettings(
                metrics_table=device_metrics.table.table_name,
                mailboxes={devices.name: devices.url},
                event_bus=bus.event_bus_name,
                lease_bucket=environment.lease_bucket,
                lease_shards=environment.lease_shards,
                runtime_records_table=runtime_records.table.table_name,
                lease=environment.sweep_timeout + LEASE_MARGIN,
            ),
            description="Marks silent devices offline",
            timeout=environment.sweep_timeout,
        )
        self.sweep.runs_once_per_event(INTERVAL)
        device_metrics.grant_ending_leases(self.sweep)
        runtime_records.grant_leases(self.sweep)
        devices.grant_telling(self.sweep)
        self.sweep.grant("events:PutEvents", on=[bus.event_bus_arn])
        events.Rule(
            self,
            "EveryMinute",
            schedule=events.Schedule.rate(INTERVAL),
            targets=[targets.LambdaFunction(self.sweep.function, max_event_age=INTERVAL, retry_attempts=0)],
        )
        self.alarms = (self.sweep.errors("LivenessSweep"),)
