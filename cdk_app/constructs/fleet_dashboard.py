"""The numbers an operator looks at."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_app.constructs.fleet_table import FleetTable
from cdk_app.constructs.heartbeat_intake import HeartbeatIntake
from cdk_app.constructs.http_api import AuthorizedHttpApi
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.constructs.supervisor_state_machine import SupervisorStateMachine

MINUTE = Duration.minutes(1)
SUM, LARGEST, SLOWEST = cloudwatch.Stats.SUM, cloudwatch.Stats.MAXIMUM, cloudwatch.Stats.percentile(99)


class FleetDashboard(Construct):
    """From what hurts first to what it costs: alarms, supervision, requests, mailboxes, functions, tables."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alarms: Sequence[cloudwatch.Alarm],
        machines: Sequence[SupervisorStateMachine],
        apis: Sequence[AuthorizedHttpApi],
        heartbeats: HeartbeatIntake,
        mailboxes: Sequence[Mailbox],
        functions: Mapping[str, PythonFunction],
        tables: Sequence[FleetTable],
    ) -> None:
        """Make the dashboard of these parts."""
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            default_interval=Duration.hours(3),
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=24, height=6)],
                supervision(machines),
                requests(apis),
                waiting(mailboxes, heartbeats),
                running(functions),
                stored(tables),
            ],
        )


def supervision(machines: Sequence[SupervisorStateMachine]) -> list[cloudwatch.IWidget]:
    """Executions of the state machines."""
    counts = {
        "started": [m.machine.metric_started(label=m.node.id, period=MINUTE, statistic=SUM) for m in machines],
        "succeeded": [m.machine.metric_succeeded(label=m.node.id, period=MINUTE, statistic=SUM) for m in machines],
        "failed": [m.machine.metric_failed(label=m.node.id, period=MINUTE, statistic=SUM) for m in machines],
    }
    return [_graph(f"Executions {name}", metrics, width=8) for name, metrics in counts.items()]


def requests(apis: Sequence[AuthorizedHttpApi]) -> list[cloudwatch.IWidget]:
    """Requests of operators and devices, what was refused, what failed, and the slowest of a hundred."""
    return [
        _graph(
            f"{api.node.id}: requests",
            [
                api.api.metric_count(label="requests", period=MINUTE),
                api.api.metric_client_error(label="4xx", period=MINUTE, statistic=SUM),
                api.api.metric_server_error(label="5xx", period=MINUTE, statistic=SUM),
            ],
            [api.api.metric_latency(label="p99 ms", period=MINUTE, statistic=SLOWEST)],
            width=12,
        )
        for api in apis
    ]


def waiting(mailboxes: Sequence[Mailbox], heartbeats: HeartbeatIntake) -> list[cloudwatch.IWidget]:
    """What waits in queues, and how long."""
    queues = {mailbox.name: mailbox.queue for mailbox in mailboxes} | {"heartbeat": heartbeats.queue}
    return [
        _graph(
            "Oldest message in seconds",
            [
                queue.metric_approximate_age_of_oldest_message(label=name, period=MINUTE, statistic=LARGEST)
                for name, queue in queues.items()
            ],
            width=12,
        ),
        _graph(
            "Messages received",
            [
                queue.metric_number_of_messages_received(label=name, period=MINUTE, statistic=SUM)
                for name, queue in queues.items()
            ],
            width=12,
        ),
    ]


def running(functions: Mapping[str, PythonFunction]) -> list[cloudwatch.IWidget]:
    """Runs of functions: how many failed or were held back, and the slowest of a hundred."""
    return [
        _graph(
            "Failed runs",
            [f.function.metric_errors(label=name, period=MINUTE, statistic=SUM) for name, f in functions.items()],
            width=8,
        ),
        _graph(
            "Throttled runs",
            [f.function.metric_throttles(label=name, period=MINUTE, statistic=SUM) for name, f in functions.items()],
            width=8,
        ),
        _graph(
            "Duration p99 in ms",
            [f.function.metric_duration(label=name, period=MINUTE, statistic=SLOWEST) for name, f in functions.items()],
            width=8,
        ),
    ]


def stored(tables: Sequence[FleetTable]) -> list[cloudwatch.IWidget]:
    """What the tables were asked to do: the larger part of the bill."""
    return [
        _graph(
            "Write units",
            [
                t.table.metric_consumed_write_capacity_units(label=t.node.id, period=MINUTE, statistic=SUM)
                for t in tables
            ],
            width=12,
        ),
        _graph(
            "Read units",
            [
                t.table.metric_consumed_read_capacity_units(label=t.node.id, period=MINUTE, statistic=SUM)
                for t in tables
            ],
            width=12,
        ),
    ]


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric] = (), *, width: int
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=width)
