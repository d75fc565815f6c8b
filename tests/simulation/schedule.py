"""A run: moves as the course chooses, then a quiet time in which all must drain, then the reckoning."""

from collections.abc import Sequence

from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.dead_letters import LetterKind, held_letter_id
from lambdas.actors.lanes import Lane
from lambdas.actors.system_messages import Resume
from tests.simulation.cast import KINDS, NEXT_KINDS
from tests.simulation.messages import Do, Op, Step
from tests.simulation.reckoning import Reckoning
from tests.simulation.workload import Command
from tests.simulation.world import World

MOVES = 120
DRAIN_LIMIT = 3000
"""Rounds within which everything drains once faults have ended; runs need some dozens."""

REBUILT_SHARE = 0.3
"""Of the runs, in so many all agents are rebuilt from their journals."""

LONG_PAUSE_SHARE = 0.06
LONG_PAUSE_SECONDS = 40 * 86_400.0
"""In so many runs nothing happens for so long once all has drained; then it begins anew."""

EARLY_SHARE = 0.06
AGAIN_SHARE = 0.01
STEPS_OF_TIME_SECONDS = (1.0, 5.0, 30.0, 200.0, 700.0)


class DoesNotDrainError(AssertionError):
    """Messages, reminders or questions go round and round, or wait for something that never comes."""


def run(world: World, commands: Sequence[Command], moves: int = MOVES) -> None:
    """Make so many moves, then let everything drain, and check that all is accounted for."""
    bouts = [list(commands)]
    if moves and world.course.happens(LONG_PAUSE_SHARE):
        half = len(commands) // 2
        bouts = [list(commands[:half]), list(commands[half:])]
    for number, left in enumerate(bouts):
        if number:
            world.advance(LONG_PAUSE_SECONDS)
            world.deleted.clear()
            world.course.is_quiet = False
        for _ in range(moves):
            _move(world, left)
            world.look_at_promises()
        drain(world, left)
    check_at_the_end(world)


def check_at_the_end(world: World) -> None:
    """Check what must hold once nothing moves any more."""
    reckoning = Reckoning(world.ledger)
    reckoning.check()
    if world.course.happens(REBUILT_SHARE):
        reckoning.check_journal(NEXT_KINDS if world.deploys else KINDS)
    world.check_promises_done()


def _move(world: World, left: list[Command]) -> None:
    """Make one move."""
    course, queues = world.course, world.queues
    in_flight = queues.in_flight()
    if in_flight and course.disturbs("early visibility", EARLY_SHARE):
        world.expire(course.one_of(in_flight))
        return
    if world.deleted and course.disturbs("deleted message again", AGAIN_SHARE):
        queues.bring_back(course.one_of(world.deleted))
        return
    waiting = queues.waiting_queues()
    drawn = course.share()
    if left and drawn < 0.25:
        left.pop(0).do(world)
    elif world.invocations and drawn < 0.5:
        world.resume(course.one_of(world.invocations))
    elif waiting and drawn < 0.9:
        world.invoke(course.one_of(waiting), course.number(1, 10))
    elif drawn < 0.96:
        world.advance(course.one_of(STEPS_OF_TIME_SECONDS))
    else:
        _operate(world)


def _operate(world: World) -> None:
    """Decide on a letter, or have a suspended agent go on, as an operator does now and then."""
    course = world.course
    parked = world.open_letters(LetterKind.PARKED)
    held = [one for one in world.open_letters(LetterKind.HELD) if one.letter.message_types == ("Do",)]
    suspended = [record for record in world.ledger.records.values() if record.status is AgentStatus.SUSPENDED]
    if parked and course.happens(0.5):
        letter = course.one_of(parked)
        if course.happens(0.5) and world.can_replay(letter):
            world.replay(letter, times=course.number(1, 2))
        else:
            world.drop(letter)
    elif held and course.happens(0.3):
        world.drop(course.one_of(held))
    elif suspended:
        world.instruct(str(course.one_of(suspended).agent), Resume("seen to"))


def drain(world: World, left: list[Command], *, wakes_zombies: bool = True) -> None:
    """Let faults end: what is still to be told is told, zombies wake up, and all runs until nothing is left to do."""
    world.course.is_quiet = True
    world.note("faults have ended")
    for command in left:
        command.do(world)
    left.clear()
    for _ in range(DRAIN_LIMIT):
        for invocation in list(world.invocations) if wakes_zombies else ():
            world.resume(invocation)
        waiting = world.queues.waiting_queues()
        if waiting:
            world.invoke(world.course.one_of(waiting), 10)
        elif not _go_on(world):
            return
    raise DoesNotDrainError(f"after {DRAIN_LIMIT} rounds this is left: {_leftovers(world)}")


def _go_on(world: World) -> bool:
    """Let time pass up to the next thing that happens; false when nothing does."""
    _end_ticking(world)
    times = [pending.at for pending in world.outside.wake_ups]
    visible_at = world.queues.next_visible_at()
    if visible_at is not None:
        times.append(visible_at)
    if world.queues.waiting_queues():
        return True
    if times:
        world.advance(max(min(times) - world.seconds, 0.0))
        return True
    return _operate_to_the_end(world)


def _operate_to_the_end(world: World) -> bool:
    """Have suspended agents go on and endless reminders cancelled; false when there is nothing of the kind."""
    for agent, record in world.ledger.records.items():
        if record.status is AgentStatus.SUSPENDED:
            _have_go_on(world, str(agent), record.holding.replayed + 1)
            return True
        if (record.timers or record.asks) and world.outside.may_lose_wake_ups:
            world.advance(3600.0)
            world.post(str(agent), (), Lane.NORMAL)
            return True
    return False


def _end_ticking(world: World) -> None:
    """Have each endless reminder cancelled."""
    for agent, record in world.ledger.records.items():
        for name, timer in record.timers.items():
            uid = f"cancel-{agent}-{name}-{timer.generation}"
            if timer.every is not None and uid not in world.ledger.messages:
                world.tell(str(agent), Do(uid, (Step(Op.CANCEL, name=name),)))


def _have_go_on(world: World, agent: str, number: int) -> None:
    """Resume an agent; when it stands still at the same message again, drop that message first."""
    key = (agent, held_letter_id(number))
    if key in world.seen_to and key in world.outside.letters.kept:
        letter = world.outside.letters.kept[key]
        if letter.decision is None:
            world.drop(letter)
    world.seen_to.add(key)
    world.instruct(agent, Resume("faults have ended"))


def _leftovers(world: World) -> str:
    waiting = {name: len(messages) for name, messages in world.queues.stored.items() if messages}
    return f"mailboxes {waiting}, wake-ups {len(world.outside.wake_ups)}"
