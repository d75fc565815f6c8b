"""Stories of agents that do what they are told; only the world fails them."""

from collections.abc import Iterator
from datetime import timedelta

from lambdas.actors.frames import ClientRequest
from lambdas.actors.system_messages import Reset, Resume, Suspend
from tests.simulation.author import Author, Deed, instruct, tell
from tests.simulation.clock import START
from tests.simulation.messages import Op, Step
from tests.simulation.world import World


def chain(author: Author) -> Iterator[Deed]:
    """A tells B, which tells C; many times, through both lanes."""
    for _ in author.times(3, 8):
        last = Step(Op.TELL, author.one_of("suspends/c", "resets/c"), lane=author.lane())
        twice = (last, last) if author.random.random() < 0.4 else (last,)
        middle = Step(Op.TELL, author.one_of("parks/b", "escalates/b"), twice, lane=author.lane())
        yield tell(
            author.one_of("parks/a", "parks/a2"),
            author.do(*[middle] * (1 + (author.random.random() < 0.3))),
            author.lane(),
        )


def fan_in(author: Author) -> Iterator[Deed]:
    """Many senders tell one agent, more than it has room to remember."""
    senders = [f"{kind}/s{number}" for kind in ("parks", "resets") for number in range(3)]
    for _ in author.times(6, 14):
        yield tell(author.random.choice(senders), author.do(Step(Op.TELL, "parks/hub")))


def questions(author: Author) -> Iterator[Deed]:
    """An agent asks others, which answer in all possible ways or not in time."""
    ways = [
        (),
        (Step(Op.REPLY),),
        (Step(Op.REJECT),),
        (Step(Op.HOLD, name="later"),),
        (Step(Op.FAIL),),
        (Step(Op.FLAKY), Step(Op.REPLY)),
        (Step(Op.TELL, "parks/b"), Step(Op.REPLY)),
        (Step(Op.ASK, "parks/asker", (Step(Op.REPLY),), seconds=600), Step(Op.HOLD, name="later")),
        (Step(Op.EXIT),),
    ]
    for _ in author.times(3, 6):
        way = author.random.choice(ways)
        seconds = author.random.choice((30, 900, 7200))
        asked = author.one_of("parks/oracle", "resets/oracle")
        yield tell("parks/asker", author.do(Step(Op.ASK, asked, way, author.lane(), seconds)))
        if author.random.random() < 0.25:
            word = author.random.choice((Suspend("look"), Resume("go on"), Resume("go on"), Reset("anew")))
            yield instruct(author.one_of("parks/asker", asked), word, author.lane())
        if author.random.random() < 0.3:
            yield tell(asked, author.do(Step(author.random.choice((Op.KEEP, Op.BREAK)), name="later")))


def promises(author: Author) -> Iterator[Deed]:
    """Programs ask and look at their promises."""
    ways = [(), (Step(Op.REPLY),), (Step(Op.REJECT),), (Step(Op.HOLD, name="p"),), (Step(Op.FAIL),), (Step(Op.FLAKY),)]
    for _ in author.times(2, 5):
        message = author.do(*author.random.choice(ways))
        to, seconds = author.one_of("parks/p", "resets/p", "suspends/p"), author.random.choice((20, 1200))
        yield lambda world, to=to, message=message, seconds=seconds: world.ask(to, message, seconds)
        if author.random.random() < 0.4:
            yield tell(to, author.do(Step(author.random.choice((Op.KEEP, Op.BREAK)), name="p")))
        yield World.look_at_promises
        if author.random.random() < 0.4:
            task = author.do(*author.random.choice(ways))
            yield lambda world, to=to, task=task, seconds=seconds: world.ask_for_task(to, task, seconds)


def reminders(author: Author) -> Iterator[Deed]:
    """Agents have themselves reminded: once, again and again, never after all."""
    steps: dict[str, tuple[Step, ...]] = {
        "tell": (Step(Op.TELL, "parks/b"),),
        "nothing": (),
        "flaky": (Step(Op.FLAKY),),
        "fail": (Step(Op.FAIL),),
    }
    for _ in author.times(2, 6):
        name, to = author.one_of("x", "y"), author.one_of("parks/t", "suspends/t")
        seconds, every = author.random.choice((0, 40, 600, 4000)), author.random.choice((0, 0, 120))
        then = steps[author.one_of("tell", "nothing", "flaky", "fail")]
        yield tell(to, author.do(Step(Op.REMIND, steps=then, seconds=seconds, every_seconds=every, name=name)))
        if author.random.random() < 0.3:
            yield tell(to, author.do(Step(Op.CANCEL, name=name)))
        if author.random.random() < 0.15:
            yield instruct(to, author.random.choice((Suspend("look"), Resume("go on"))), author.lane())


def expiring(author: Author) -> Iterator[Deed]:
    """Messages that are of no use later, and such as may be lost."""
    for _ in author.times(3, 7):
        op = author.random.choice((Op.TELL, Op.SHOUT))
        yield tell(
            "parks/a", author.do(Step(op, "resets/e", seconds=author.random.choice((5, 200, 4000)), lane=author.lane()))
        )


def requests(author: Author) -> Iterator[Deed]:
    """Programs that ask for one thing again and again under one key, or for another thing under that key."""
    until = START + timedelta(days=100)
    for _ in author.times(2, 5):
        key, message = f"key-{author.uid()}", author.do(Step(Op.TELL, "parks/b"))
        to, other = author.one_of("parks/r", "resets/r"), author.do()
        request = ClientRequest(key, until)
        yield lambda world, to=to, message=message, request=request: world.tell(to, message, request=request)
        for _ in author.times(0, 2):
            yield lambda world, to=to, message=message, request=request: world.tell_again(to, message, request)
        if author.random.random() < 0.3:
            yield lambda world, to=to, other=other, request=request: world.tell(to, other, request=request)
