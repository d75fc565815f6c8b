"""What differs between a first try, a development account and production: data, never a branch in code that runs."""

import platform
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import aws_cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from lambdas.actors.lanes import Lane, mailbox_name
from lambdas.settings.destinations import Destination, check_destination

DEFAULT_ENVIRONMENT = "production"


class UnknownEnvironmentError(ValueError):
    """No environment has the name given; asking again with one of the known names helps."""


@dataclass(frozen=True, slots=True)
class LayerPlatform:
    """The interpreter and machine that the dependencies layer is resolved for."""

    python_version: str
    """Minor version, for example ``3.13``."""
    wheels: str
    """A platform as ``uv pip install --python-platform`` names it."""


LAMBDA_PLATFORM = LayerPlatform(python_version="3.13", wheels="aarch64-manylinux2014")

_WHEELS_OF_HOSTS = {
    ("Linux", "x86_64"): "x86_64-manylinux2014",
    ("Linux", "aarch64"): "aarch64-manylinux2014",
    ("Darwin", "x86_64"): "x86_64-apple-darwin",
    ("Darwin", "arm64"): "aarch64-apple-darwin",
}


def host_platform() -> LayerPlatform:
    """This machine's platform: the embedded AWS runs functions on its own interpreter, whatever their runtime says."""
    host = (platform.system(), platform.machine())
    wheels = _WHEELS_OF_HOSTS.get(host)
    if wheels is None:
        known = ", ".join(" ".join(pair) for pair in _WHEELS_OF_HOSTS)
        raise UnknownEnvironmentError(f"environment 'local' runs on {known}; this host is {' '.join(host)}")
    return LayerPlatform(f"{sys.version_info.major}.{sys.version_info.minor}", wheels)


SHORTEST_CLAIM_RETENTION = timedelta(days=29)
"""A claim is named by a message that may wait 14 days, and wait 14 more when it comes back as a dead letter."""

LONGEST_QUEUE_DELAY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One deployment of Ringtree."""

    name: str
    account: str | None = None
    """None: the account of the caller's credentials."""
    region: str | None = None
    """None: the region of the caller's profile. Replicas need a region that is named."""
    replica_regions: tuple[str, ...] = ()
    """Regions that hold a live copy of the tables besides the home region."""
    layer_platform: LayerPlatform = LAMBDA_PLATFORM

    keeps_data: bool = True
    """Tables, artifacts and logs outlive the stacks, and tables refuse to be deleted."""
    log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS
    artifact_retention: timedelta = timedelta(days=90)
    """How long access logs and replaced artifacts are kept; current releases stay."""
    plan_retention: timedelta = timedelta(days=400)
    """How long plans and the results of maps are kept: longer than the year that a deployment may be paused."""
    metrics_retention: timedelta = timedelta(days=30)
    """How long the samples of a device are kept."""
    journal_retention: timedelta = timedelta(days=30)
    """How long committed versions of agents are kept; the largest of them are claims, kept no longer than those."""
    claim_retention: timedelta = timedelta(days=400)
    """How long what was too large to travel in a message is kept: open dead letters name such contents, and wait for
    an operator without end."""

    turn_timeout: timedelta = timedelta(seconds=30)
    """Longest run of a function that works off a queue."""
    mailbox_visibility: timedelta = timedelta(seconds=180)
    """How long a batch of messages stays hidden while it is worked on; at least six turn timeouts, as AWS advises."""
    agent_concurrency: int = 100
    """Runs at one time for the normal lane of one kind of agent, and for the queue of heartbeats."""
    worker_concurrency: int = 20
    """Runs at one time for each other queue that is no mailbox: they share what no kind of agent has reserved with the
    APIs, and a slow destination outside must not take it from those."""
    control_concurrency: int = 10
    """Runs at one time for the control lane of one kind of agent: commands are few and must find room."""
    bulk_concurrency: int = 20
    """Runs at one time for the bulk lane of one kind of agent."""
    bulkheads: Mapping[str, int] = field(default_factory=dict)
    """Runs at one time for single mailboxes that need another number, by name: ``device``, ``device.control``."""
    agent_reserved_concurrency: int | None = None
    """Runs at one time that the account keeps free for each kind of agent; none lets all functions share."""
    reconciliation_interval: timedelta = timedelta(hours=6)
    """How often agents whose wake-up was lost are looked for: the longest that a lost one delays a reminder."""

    step_timeout: timedelta = timedelta(minutes=10)
    """Longest run of a step of a state machine: it may walk the whole fleet."""
    request_timeout: timedelta = timedelta(seconds=29)
    """Longest run of an API function; HTTP APIs give up after 30 s."""
    sweep_timeout: timedelta = timedelta(seconds=55)
    """Longest look for silent devices; the next one begins after a minute."""

    idle_heartbeat: timedelta = timedelta(minutes=5)
    """Interval while a device has nothing in hand; the bill of an idle fleet is inversely proportional to it."""
    active_heartbeat: timedelta = timedelta(seconds=15)
    """Interval while a device has a deployment or a task in hand."""
    lease_bucket: timedelta = timedelta(minutes=15)
    """Resolution of the liveness index; a device moves in it, at two more writes, once a bucket."""
    lease_shards: int = 4
    """Partitions per bucket of the liveness index; each takes on about a thousand heartbeats a second."""
    upload_validity: timedelta = timedelta(minutes=15)
    download_validity: timedelta = timedelta(hours=1)
    """How long a signed URL lets its holder fetch a release."""
    rehearsal_patience: timedelta = timedelta(seconds=10)
    """How long a rehearsal waits for its simulated devices before it answers."""

    request_rate: int = 1_000
    """Requests a second that each HTTP API takes on."""
    enrolment_rate: int = 20
    """Enrolments a second: the one route that is open to callers without a token of their own."""
    browser_origins: tuple[str, ...] = ()
    """Origins whose pages may call the operator API; none turns CORS off."""

    destinations: Mapping[str, Destination] = field(default_factory=dict)
    """Where agents may post to outside, by name; the context ``destinations`` of cdk.json."""
    calls_this_machine: bool = False
    """Whether destinations may be servers of this machine, over plain HTTP."""

    def __post_init__(self) -> None:
        if self.mailbox_visibility < 6 * self.turn_timeout:
            raise ValueError(
                f"environment {self.name!r}: mailbox_visibility {self.mailbox_visibility} must be at least six times"
                f" turn_timeout {self.turn_timeout}"
            )
        if self.replica_regions and self.region is None:
            raise ValueError(f"environment {self.name!r}: replica_regions need a region; set region to the home region")
        if self.claim_retention < SHORTEST_CLAIM_RETENTION:
            raise ValueError(
                f"environment {self.name!r}: claim_retention {self.claim_retention} must be at least"
                f" {SHORTEST_CLAIM_RETENTION}, as long as messages can wait that name a claim"
            )
        if self.journal_retention > self.claim_retention:
            raise ValueError(
                f"environment {self.name!r}: journal_retention {self.journal_retention} must not be longer than"
                f" claim_retention {self.claim_retention}: the largest versions are kept as claims"
            )
        if self.reconciliation_interval < LONGEST_QUEUE_DELAY:
            raise ValueError(
                f"environment {self.name!r}: reconciliation_interval {self.reconciliation_interval} must be at least"
                f" {LONGEST_QUEUE_DELAY}: a younger wake-up may still be in its queue"
            )

        for name, destination in self.destinations.items():
            check_destination(name, destination, allows_loopback=self.calls_this_machine)

    def bulkhead(self, kind: str, lane: Lane) -> int:
        """Say how many runs at one time a lane of a kind may take, however long its backlog is."""
        by_lane = {
            Lane.CONTROL: self.control_concurrency,
            Lane.NORMAL: self.agent_concurrency,
            Lane.BULK: self.bulk_concurrency,
        }
        return self.bulkheads.get(mailbox_name(kind, lane), by_lane[lane])

    def reserved_concurrency(self, kind: str, lanes: Collection[Lane]) -> int | None:
        """Say what the account keeps free for a kind; raises ValueError when its lanes could ask for more.

        Lambda would throttle what goes beyond, and throttled messages of one lane wait as long as those of the others.
        """
        reserved, wanted = self.agent_reserved_concurrency, sum(self.bulkhead(kind, lane) for lane in lanes)
        if reserved is not None and reserved < wanted:
            raise ValueError(
                f"environment {self.name!r}: agent_reserved_concurrency {reserved} is less than the {wanted} runs that"
                f" the lanes of {kind!r} may take together; raise it or lower their bulkheads"
            )
        return reserved

    @property
    def place(self) -> aws_cdk.Environment:
        """Account and region as stacks take them."""
        return aws_cdk.Environment(account=self.account, region=self.region)

    @property
    def removal_policy(self) -> RemovalPolicy:
        """What becomes of data when its stack is deleted."""
        return RemovalPolicy.RETAIN if self.keeps_data else RemovalPolicy.DESTROY


def environment_named(name: str) -> Environment:
    """The environment that ``cdk -c environment=<name>`` chooses; raises UnknownEnvironmentError for any other name."""
    make = _ENVIRONMENTS.get(name)
    if make is None:
        known = ", ".join(sorted(_ENVIRONMENTS))
        raise UnknownEnvironmentError(f"unknown environment {name!r}; choose with -c environment=<one of {known}>")
    return make()


def _local() -> Environment:
    """The embedded AWS on this machine: the whole of Ringtree, at a pace to watch."""
    return Environment(
        name="local",
        account="000000000000",
        region="us-east-1",
        layer_platform=host_platform(),
        keeps_data=False,
        log_retention=logs.RetentionDays.ONE_WEEK,
        turn_timeout=timedelta(seconds=10),
        mailbox_visibility=timedelta(seconds=60),
        agent_concurrency=20,
        control_concurrency=5,
        idle_heartbeat=timedelta(seconds=3),
        active_heartbeat=timedelta(seconds=1),
        lease_bucket=timedelta(seconds=10),
        lease_shards=1,
        enrolment_rate=500,
        calls_this_machine=True,
    )


def _dev() -> Environment:
    """An account to develop in: everything goes with its stacks."""
    return Environment(name="dev", keeps_data=False, log_retention=logs.RetentionDays.ONE_WEEK, agent_concurrency=20)


def _production() -> Environment:
    """An account with a fleet in it."""
    return Environment(name="production", agent_reserved_concurrency=110)


_ENVIRONMENTS = {"local": _local, "dev": _dev, "production": _production}
