"""A whole fleet in memory: real agents under the real turn loop, in-memory ports, one clock."""

import hashlib
import json
import random
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import stored_state
from lambdas.actors.in_memory.agent_directory import InMemoryAgentDirectory
from lambdas.actors.in_memory.journal import InMemoryJournal
from lambdas.actors.in_memory.mailbox_depths import InMemoryMailboxDepths
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.ports import InMemoryPorts
from lambdas.actors.journal import entry_of
from lambdas.actors.lanes import NORMAL_LANE
from lambdas.actors.reach import Reach
from lambdas.actors.turn_loop import TurnLoop
from lambdas.agents.agent_spec import AgentSpec
from lambdas.agents.registry import AGENTS, spec_of
from lambdas.api.device_api import answer_device
from lambdas.api.operator_api import answer_operator
from lambdas.entrypoints.heartbeat_recorder import record_heartbeats, sample_of
from lambdas.fleet.events import HeartbeatReceived
from lambdas.fleet.in_memory.artifact_store import InMemoryArtifactStore
from lambdas.fleet.in_memory.catalog import InMemoryCatalog
from lambdas.fleet.in_memory.device_metrics import InMemoryDeviceMetrics
from lambdas.fleet.in_memory.ways_out import InMemoryDeploymentExecutions, InMemoryEventBus
from lambdas.fleet.releases import Release
from lambdas.wiring.device_api import DevicePorts
from lambdas.wiring.heartbeat_recorder import RecorderPorts
from lambdas.wiring.operator_api import OperatorPorts
from tests.unit.api.http_events import http_event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENROLMENT_TOKEN = "enrol-me"
DEVICE_TOKEN_KEY = "a-key-of-devices"
_SAMPLES = count()


def heartbeat(device_id: str, running_release: str | None = None, cpu_percent: float = 10.0) -> dict[str, Any]:
    """What a device sends."""
    return {
        "device_id": device_id,
        "sampled_at": f"2026-03-01T11:59:59.{next(_SAMPLES):06d}+00:00",
        "boot_id": "boot-1",
        "running_release": running_release,
        "vitals": {"cpu_percent": cpu_percent, "memory_percent": 20, "disk_percent": 30.5},
    }


class Answer:
    """What a route answered."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.status: int = raw["statusCode"]
        self.body: Any = json.loads(raw["body"]) if raw.get("body") else None

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.body["error"]
        return error

    def __repr__(self) -> str:
        return f"{self.status} {self.body}"


class FleetInMemory:
    """Agents run whenever a route waits for them, and when a test says so."""

    def __init__(self) -> None:
        self.now = NOON
        self.mailboxes = InMemoryMailboxes(drops_repeats=True, lanes={spec.kind: spec.lanes for spec in AGENTS})
        self.depths = InMemoryMailboxDepths()
        self.runtime = InMemoryPorts(mailboxes=self.mailboxes)
        self.store = self.runtime.store
        self.agent_events = self.runtime.events
        self.answers = self.runtime.tasks
        self.letters = self.runtime.letters
        self.promises = self.runtime.promises
        self.journal = InMemoryJournal()
        self.catalog = InMemoryCatalog()
        self.artifacts = InMemoryArtifactStore()
        self.metrics = InMemoryDeviceMetrics()
        self.bus = InMemoryEventBus()
        self.executions = InMemoryDeploymentExecutions()
        self.are_agents_running = True
        self._numbers = count(1)
        self._loops = {spec.kind: self._loop(spec) for spec in AGENTS}
        directory = InMemoryAgentDirectory(self.store)
        self.operator_ports = OperatorPorts(
            agents=directory,
            mailbox=self.mailboxes,
            depths=self.depths,
            promises=self.promises,
            letters=self.letters,
            calls=self.runtime.calls,
            journal=self.journal,
            claims=self.runtime.claims,
            catalog=self.catalog,
            artifacts=self.artifacts,
            metrics=self.metrics,
            executions=self.executions,
            clock=lambda: self.now,
            wait=self._wait,
            randomness=random.Random(7),
            new_id=lambda: f"new-{next(self._numbers)}",
            upload_validity=timedelta(minutes=15),
            patience=timedelta(seconds=8),
        )
        self.device_ports = DevicePorts(
            agents=directory,
            mailbox=self.mailboxes,
            catalog=self.catalog,
            artifacts=self.artifacts,
            events=self.bus,
            clock=lambda: self.now,
            enrolment_token=lambda: ENROLMENT_TOKEN,
            device_token_key=lambda: DEVICE_TOKEN_KEY,
            idle_heartbeat=timedelta(seconds=60),
            active_heartbeat=timedelta(seconds=15),
            download_validity=timedelta(minutes=15),
        )

    def operator(self, method: str, path: str, body: Any = None, **request: Any) -> Answer:
        """Make a request as an operator."""
        return self.answer_operator(http_event(method, path, body, f"request-{next(self._numbers)}", **request))

    def answer_operator(self, event: dict[str, Any]) -> Answer:
        """Pass on an event that the authorizer has let through."""
        event["requestContext"]["authorizer"] = {"lambda": {"principal": "operator"}}
        return Answer(answer_operator(event, LambdaContext(), self.operator_ports))

    def device(self, method: str, path: str, body: Any = None, speaker: str | None = None, **request: Any) -> Answer:
        """Make a request, as a device that the authorizer has let through."""
        event = http_event(method, path, body, f"request-{next(self._numbers)}", **request)
        if speaker is not None:
            event["requestContext"]["authorizer"] = {"lambda": {"principal": f"device/{speaker}", "device_id": speaker}}
        return Answer(answer_device(event, LambdaContext(), self.device_ports))

    def run_agents(self, *, may_fail: bool = False) -> None:
        """Run agents until no mailbox holds a message."""
        while waiting := self.mailboxes.waiting():
            queue = waiting[0].queue
            kind, _, lane = queue.partition(".")
            delivery = self.mailboxes.receive(queue)
            assert delivery is not None
            token = f"turn-{next(self._numbers)}"
            report = self._loops[kind].handle(delivery.records, self.now, token, lane or NORMAL_LANE)
            assert may_fail or not report.failures, report.failures
            self.mailboxes.acknowledge(delivery, report.unhandled)
            self.journal.append([entry_of(item, self.now) for item in self.store.items.values()])

    def tell(self, agent: str, message: Any) -> None:
        """Tell an agent something, as another program would, and let it act."""
        self.mailboxes.tell(ActorId.parse(agent), message, f"told-{next(self._numbers)}")
        self.run_agents()

    def state(self, agent: str) -> Any:
        """Read the state of an agent."""
        address = ActorId.parse(agent)
        item = self.store.load([address])[address]
        return msgspec.json.decode(stored_state(item), type=spec_of(address.kind).behavior.state_type)

    def told(self) -> list[str]:
        """Everything that waits in mailboxes, as it would be sent."""
        return [record.body for record in self.mailboxes.waiting()]

    def written(self) -> Any:
        """Everything that a request may have written, so that a test can say that it has not."""
        return deepcopy(
            (
                self.told(),
                self.store.items,
                self.letters.letters,
                self.promises.promises,
                vars(self.catalog),
                self.bus.published,
                self.executions.started,
                self.artifacts.lists,
                vars(self.metrics),
            )
        )

    def release(self, version: str, content: bytes = b"an archive") -> None:
        """Publish a release as an operator does."""
        file_name = f"app-{version}.tar.gz"
        draft = {
            "version": version,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_name": file_name,
        }
        assert self.operator("POST", "/v1/releases", draft).status == 201
        self.artifacts.upload(Release(version, 0, ""), file_name, content)
        assert self.operator("POST", f"/v1/releases/{version}/finalise").status == 200

    def hear(self, device_id: str, running_release: str | None = None, cpu_percent: float = 10.0) -> Answer:
        """Have a device send a heartbeat, and the recorder take it."""
        answer = self.device(
            "POST", "/device/v1/heartbeats", heartbeat(device_id, running_release, cpu_percent), device_id
        )
        assert answer.status == 200, answer
        events = [event for event in self.bus.published.values() if isinstance(event, HeartbeatReceived)]
        recorder = RecorderPorts(self.metrics, self.mailboxes, self.bus)
        assert record_heartbeats(recorder, {"m-1": sample_of(events[-1])}) == []
        self.run_agents()
        return answer

    def enrol(self, device_id: str, **fields: Any) -> None:
        """Let a device join with its client."""
        headers = {"authorization": f"Bearer {ENROLMENT_TOKEN}"}
        answer = self.device("POST", "/device/v1/enrol", {"device_id": device_id, **fields}, headers=headers)
        assert answer.status == 201, answer
        self.run_agents()

    def _loop(self, spec: AgentSpec) -> TurnLoop[Any]:
        reach = Reach(frozenset(spec.sends_to), publishes=spec.publishes, completes_tasks=spec.completes_tasks)
        return TurnLoop(spec.behavior, reach, self.runtime.runtime(), lambda: 0.5, is_journaled=spec.is_journaled)

    def _wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self.are_agents_running:
            self.run_agents()
