"""The rig: the product's agent function with agents of its own, deployed into the emulator piece by piece."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from lab.benchmarks.layers import layer_folders
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.places import REPOSITORY
from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import from_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.lanes import Lane, mailbox_name
from lambdas.aws.attribute_values import from_stored_item
from lambdas.aws.dynamodb_dead_letter_store import DynamoDBDeadLetterStore
from lambdas.settings.agent import AgentSettings
from tests.live_system.function_workers import FunctionWorkers
from tests.live_system.patience import eventually
from tests.live_system.storm.peers import AGENTS, Note, Peer

ENTRYPOINT = "lambdas.entrypoints.agent.handler"
MORTAL = "tests.live_system.storm.mortal_function.handler"
PACKAGED = ("peers.py", "mortal_function.py")
REGISTRY = "lambdas/agents/registry.py"
SURROUNDINGS = {"POWERTOOLS_SERVICE_NAME": "agent"}
ROLE = "arn:aws:iam::000000000000:role/of-a-test"

VISIBILITY_SECONDS = 4
"""As short as a busy machine allows: it is how long the messages of a killed worker are missing."""


@dataclass(frozen=True)
class Mutation:
    """A mistake put into a copy of the runtime, to see whether the rig notices."""

    module: str
    right: str
    wrong: str

    def of(self, module: str, source: str) -> str:
        if module != self.module:
            return source
        assert source.count(self.right) == 1, f"{module} has changed: name the text that {self.wrong!r} replaces"
        return source.replace(self.right, self.wrong)


@dataclass(frozen=True)
class Rig:
    """One deployment of all kinds, with tables and queues of its own."""

    aws: EmbeddedAws
    name: str
    settings: dict[str, AgentSettings]
    """By kind."""
    sources: dict[str, str]
    """Ids of event source mappings by name of the mailbox."""

    @property
    def runtime_records(self) -> str:
        return next(iter(self.settings.values())).runtime_records_table

    @property
    def mailboxes(self) -> dict[str, str]:
        """All of them: URL by name."""
        return dict(next(iter(self.settings.values())).mailboxes)

    @property
    def letters(self) -> DynamoDBDeadLetterStore:
        return DynamoDBDeadLetterStore(self.aws.client("dynamodb"), self.runtime_records)

    def workers(self, kind: str) -> FunctionWorkers:
        return FunctionWorkers(self.aws, function_name(self.name, kind))

    def tell(self, messages: Iterable[tuple[ActorId, Sequence[Any]]], lane: Lane = Lane.NORMAL) -> None:
        """Put frames into mailboxes as programs do, ten in a call."""
        sqs = self.aws.client("sqs")
        entries: dict[str, list[dict[str, str]]] = {}
        for to, told in messages:
            frame = Frame(to, tuple(encode_message(message) for message in told), to_lane=lane)
            of_queue = entries.setdefault(self.mailboxes[mailbox_name(to.kind, lane)], [])
            of_queue.append(
                {
                    "Id": str(len(of_queue)),
                    "MessageBody": encode_frame(frame),
                    "MessageGroupId": str(to),
                    "MessageDeduplicationId": uuid4().hex,
                }
            )
        for queue, of_queue in entries.items():
            for start in range(0, len(of_queue), 10):
                answer = sqs.send_message_batch(QueueUrl=queue, Entries=of_queue[start : start + 10])
                assert not answer.get("Failed"), answer

    def record(self, agent: ActorId) -> AgentRecord | None:
        """One agent as committed."""
        table = self.settings[agent.kind].agents_table
        answer = self.aws.client("dynamodb").get_item(
            TableName=table, Key={"agent": {"S": str(agent)}}, ConsistentRead=True
        )
        return from_item(from_stored_item(answer["Item"])) if "Item" in answer else None

    def peer(self, agent: ActorId) -> Peer:
        """What an agent remembers; a new one when it never committed."""
        record = self.record(agent)
        return Peer(agent.key) if record is None else _peer(record)

    def peers(self, kind: str, prefix: str) -> dict[str, Peer]:
        """What all agents remember whose keys begin alike."""
        pages = (
            self.aws.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.settings[kind].agents_table, ConsistentRead=True)
        )
        records = [from_item(from_stored_item(item)) for page in pages for item in page["Items"]]
        return {
            record.agent.key: _peer(record)
            for record in records
            if record.agent.kind == kind and record.agent.key.startswith(prefix)
        }

    def applied(self, kind: str, prefix: str) -> int:
        """Tokens that agents have taken whose keys begin alike."""
        return sum(peer.applied for peer in self.peers(kind, prefix).values())

    def waiting(self, mailbox: str) -> int:
        """Messages of a mailbox, those in flight included."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        answer = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.mailboxes[mailbox], AttributeNames=list(names)
        )
        return sum(int(answer["Attributes"][name]) for name in names)

    def warm_up(self, kind: str, workers: int) -> None:
        """Have at least so many workers of a kind started, by work for many agents at once."""

        def are_warm() -> bool:
            if len(self.workers(kind).processes()) < workers:
                self.tell((ActorId(kind, f"{uuid4().hex[:8]}-{place}"), (Note("warm"),)) for place in range(40))
            eventually(lambda: self.waiting(kind) == 0, f"the mailbox of {kind} is empty")
            return len(self.workers(kind).processes()) >= workers

        eventually(are_warm, f"{workers} workers of {kind} are warm")

    def open(self, mailbox: str, *, is_open: bool) -> None:
        """Let a mailbox be worked off, or not."""
        self.aws.client("lambda").update_event_source_mapping(UUID=self.sources[mailbox], Enabled=is_open)

    def open_letters(self, prefix: str) -> Counter[str]:
        """Count open dead letters by agent."""
        letters = self.letters.list(None, 500).letters
        return Counter(one.letter.agent for one in letters if one.letter.agent.partition("/")[2].startswith(prefix))


def deploy(aws: EmbeddedAws, orders: Path, mutation: Mutation | None = None, concurrency: int = 4) -> Rig:
    """Make tables, queues and functions; ``orders`` is where mortal workers read when to die."""
    name = f"storm{uuid4().hex[:8]}"
    agents_table, records_table = _tables(aws, name)
    bucket = f"{name}-claims"
    aws.client("s3").create_bucket(Bucket=bucket)
    sqs = aws.client("sqs")
    plain = sqs.create_queue(QueueName=f"{name}-never-read")["QueueUrl"]
    queues = {
        mailbox_name(spec.kind, lane): sqs.create_queue(
            QueueName=f"{name}-{spec.kind}-{lane}.fifo",
            Attributes={
                "FifoQueue": "true",
                "DeduplicationScope": "messageGroup",
                "FifoThroughputLimit": "perMessageGroupId",
                "VisibilityTimeout": str(VISIBILITY_SECONDS),
            },
        )["QueueUrl"]
        for spec in AGENTS
        for lane in spec.lanes
    }
    settings = {
        spec.kind: AgentSettings(
            agent_kind=spec.kind,
            agents_table=agents_table,
            runtime_records_table=records_table,
            claims_bucket=bucket,
            lanes={queues[mailbox_name(spec.kind, lane)].rsplit("/", 1)[-1]: lane for lane in spec.lanes},
            mailboxes=queues,
            event_bus="no-event-is-published",
            wake_up_queue=plain,
            call_out_queue=plain,
        )
        for spec in AGENTS
    }
    layer, code = _publish_layer(aws, name), packaged_code(mutation)
    sources: dict[str, str] = {}
    for spec in AGENTS:
        environment = {**settings[spec.kind].to_environment(), **SURROUNDINGS, "DEATH_ORDERS": str(orders)}
        function = _function(aws, function_name(name, spec.kind), environment, code, layer)
        for lane in spec.lanes:
            mailbox = mailbox_name(spec.kind, lane)
            sources[mailbox] = _source(aws, function, queues[mailbox], concurrency if lane is Lane.NORMAL else 2)
    return Rig(aws, name, settings, sources)


def function_name(name: str, kind: str) -> str:
    return f"{name}-{kind}-turns"


def packaged_code(mutation: Mutation | None) -> bytes:
    """The folder ``lambdas`` as the product packages it, its registry replaced by the rig's, and the rig's agents."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted((REPOSITORY / "lambdas").rglob("*.py")):
            name = str(path.relative_to(REPOSITORY))
            if name != REGISTRY:
                archive.writestr(name, mutation.of(name, path.read_text()) if mutation else path.read_text())
        here = Path(__file__).parent
        archive.write(here / "registry.py", REGISTRY)
        for module in PACKAGED:
            archive.write(here / module, str((here / module).relative_to(REPOSITORY)))
    return code.getvalue()


def _tables(aws: EmbeddedAws, name: str) -> tuple[str, str]:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName=f"{name}-agents",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "agent", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "agent", "KeyType": "HASH"}],
    )
    keys = [("owner", "HASH"), ("record", "RANGE")]
    view = [("view", "HASH"), ("listed_at", "RANGE")]
    dynamodb.create_table(
        TableName=f"{name}-records",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in (*keys, *view)],
        KeySchema=[{"AttributeName": key, "KeyType": role} for key, role in keys],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_view",
                "KeySchema": [{"AttributeName": key, "KeyType": role} for key, role in view],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return f"{name}-agents", f"{name}-records"


def _publish_layer(aws: EmbeddedAws, name: str) -> str:
    *_, folder = layer_folders().values()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, str(path.relative_to(folder)))
    published = aws.client("lambda").publish_layer_version(LayerName=name, Content={"ZipFile": packed.getvalue()})
    return str(published["LayerVersionArn"])


def _function(aws: EmbeddedAws, name: str, environment: Mapping[str, str], code: bytes, layer: str) -> str:
    created = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler=MORTAL,
        Role=ROLE,
        Code={"ZipFile": code},
        Timeout=10,
        MemorySize=512,
        Layers=[layer],
        Environment={"Variables": dict(environment)},
    )
    return str(created["FunctionArn"])


def _source(aws: EmbeddedAws, function: str, queue: str, concurrency: int) -> str:
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = aws.client("lambda").create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName=function,
        BatchSize=10,
        ScalingConfig={"MaximumConcurrency": concurrency},
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    return str(made["UUID"])


def _peer(record: AgentRecord) -> Peer:
    return msgspec.json.decode(record.state or json.dumps({"key": record.agent.key}), type=Peer)
