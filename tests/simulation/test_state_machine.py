"""Hypothesis drives the simulated world: whatever it tells, breaks and waits for, nothing is lost or doubled."""

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.dead_letters import LetterKind
from lambdas.actors.frames import ClientRequest
from lambdas.actors.lanes import Lane
from lambdas.actors.system_messages import Reset, Resume, Suspend
from tests.simulation.cast import KINDS, LANES
from tests.simulation.clock import START
from tests.simulation.course import Course
from tests.simulation.faults import Fault
from tests.simulation.limits import lowered_limits
from tests.simulation.messages import Do, Op, Step
from tests.simulation.schedule import check_at_the_end, drain
from tests.simulation.world import World

AGENTS = st.sampled_from([f"{kind}/{key}" for kind in KINDS if kind != "boss" for key in ("a", "b")])
PLACES = st.integers(0, 5)
LANE = st.sampled_from(LANES)

LASTS = tuple(Step(op) for op in (Op.PUBLISH, Op.CALL, Op.FAIL, Op.FLAKY, Op.REJECT, Op.EXIT))
MESSAGES = (
    *((last,) for last in LASTS),
    *(
        (Step(op, to, (last,), lane, seconds), Step(Op.TELL, to, ballast=ballast))
        for op, to, last, lane, seconds, ballast in (
            (Op.TELL, "parks/b", LASTS[2], Lane.NORMAL, 0, 0),
            (Op.TELL, "suspends/a", LASTS[0], Lane.CONTROL, 5000, 3000),
            (Op.TELL, "resets/b", LASTS[3], Lane.NORMAL, 0, 0),
            (Op.ASK, "parks/b", LASTS[1], Lane.NORMAL, 30, 0),
            (Op.ASK, "escalates/a", LASTS[4], Lane.CONTROL, 5000, 0),
            (Op.ASK, "suspends/a", LASTS[2], Lane.NORMAL, 600, 3000),
            (Op.SHOUT, "parks/a", LASTS[5], Lane.NORMAL, 30, 0),
        )
    ),
    (Step(Op.REMIND, steps=(LASTS[3],), seconds=60, name="x"), Step(Op.TELL, "parks/b")),
    (Step(Op.REMIND, seconds=0, every_seconds=90, name="x"),),
    (Step(Op.CANCEL, name="x"),),
    (Step(Op.REMIND, seconds=60, name="x"), Step(Op.EXIT)),
)
LAST = st.sampled_from([(last,) for last in LASTS])
MESSAGE = st.sampled_from(MESSAGES)


class SimulatedWorld(RuleBasedStateMachine):
    """The rules are what programs, operators, time and bad luck do."""

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        course = Course(seed, only=())
        course.suspend_rate = 0.0
        self.world = World(course)
        self.numbers = count(1)

    def message(self, steps: tuple[Step, ...]) -> Do:
        return Do(f"c{next(self.numbers)}", steps)

    @rule(to=AGENTS, lane=LANE, steps=MESSAGE)
    def tell(self, to: str, lane: Lane, steps: tuple[Step, ...]) -> None:
        self.world.tell(to, self.message(steps), lane=lane)

    @rule(to=AGENTS, steps=MESSAGE)
    def request_twice(self, to: str, steps: tuple[Step, ...]) -> None:
        message = self.message(steps)
        request = ClientRequest(message.uid, START + timedelta(days=20))
        self.world.tell(to, message, request=request)
        self.world.tell_again(to, message, request)

    @rule(to=AGENTS, steps=LAST, seconds=st.sampled_from([20, 3000]))
    def ask(self, to: str, steps: tuple[Step, ...], seconds: float) -> None:
        self.world.ask(to, self.message(steps), seconds)

    @precondition(lambda self: self.world.queues.waiting_queues())
    @rule(place=PLACES, limit=st.integers(1, 10), calls=st.integers(0, 9))
    def invoke(self, place: int, limit: int, calls: int) -> None:
        """Start an invocation and let it make some calls."""
        queues = self.world.queues.waiting_queues()
        invocation = self.world.invoke(queues[place % len(queues)], limit, steps_only=True)
        for _ in range(calls):
            if invocation.has_ended:
                return
            self.step(invocation, Fault.NONE)

    @precondition(lambda self: self.world.invocations)
    @rule(place=PLACES, fault=st.sampled_from(list(Fault)))
    def go_on(self, place: int, fault: Fault) -> None:
        """Let an invocation make its next call, with a fault."""
        running = self.world.invocations
        self.step(running[place % len(running)], fault)

    def step(self, invocation, fault: Fault) -> None:
        with lowered_limits():
            invocation.step(fault)
            self.world.after(invocation)

    @precondition(lambda self: self.world.queues.in_flight())
    @rule(place=PLACES)
    def end_visibility(self, place: int) -> None:
        in_flight = self.world.queues.in_flight()
        self.world.expire(in_flight[place % len(in_flight)])

    @rule(seconds=st.sampled_from([1.0, 60.0, 200.0, 5000.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.world.advance(seconds)

    @rule(to=AGENTS, lane=LANE, word=st.sampled_from([Suspend("look"), Resume("go on"), Reset("anew")]))
    def instruct(self, to: str, lane: Lane, word: object) -> None:
        self.world.instruct(to, word, lane)

    @precondition(lambda self: self.world.open_letters(LetterKind.PARKED))
    @rule(place=PLACES, is_replayed=st.booleans())
    def decide_on_a_letter(self, *, place: int, is_replayed: bool) -> None:
        letters = self.world.open_letters(LetterKind.PARKED)
        letter = letters[place % len(letters)]
        if is_replayed and self.world.can_replay(letter):
            self.world.replay(letter)
        else:
            self.world.drop(letter)

    @precondition(lambda self: self.world.open_letters(LetterKind.HELD))
    @rule(place=PLACES)
    def drop_a_held_message(self, place: int) -> None:
        letters = self.world.open_letters(LetterKind.HELD)
        self.world.drop(letters[place % len(letters)])

    @invariant()
    def promises_do_not_change(self) -> None:
        if hasattr(self, "world"):
            self.world.look_at_promises()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            for invocation in self.world.invocations:
                invocation.steps_only = False
            with lowered_limits():
                drain(self.world, [])
                check_at_the_end(self.world)
        finally:
            self.world.close()
        assert all(record.status is AgentStatus.RUNNING for record in self.world.ledger.records.values())


TestSimulatedWorld = SimulatedWorld.TestCase
TestSimulatedWorld.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
