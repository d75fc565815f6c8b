"""What programs and operators do in a run: some of these stories, mixed, each a list of commands in order."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from lambdas.actors.frames import ClientRequest
from lambdas.actors.lanes import Lane
from lambdas.actors.system_messages import Reset, Resume, Suspend
from tests.simulation.cast import LANES, Do, Op, Step, Unknown
from tests.simulation.world import START, World

STORIES_AT_ONCE = 3
LARGE_BYTES = 3000
"""Above the limit of a frame that the simulation sets."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that is done from outside."""

    story: str
    do: Callable[[World], object]


class Author:
    """Writes a run's commands from a seed."""

    def __init__(self, seed: int, stories: Sequence[str] = ()) -> None:
        self.random = random.Random(f"workload {seed}")
        self._stories = stories
        self._numbers = count(1)

    def write(self) -> list[Command]:
        """Choose stories, unless some were given, and mix their commands, each story's in order."""
        chosen = self._stories or self.random.sample(list(STORIES), k=self.random.randint(1, STORIES_AT_ONCE))
        left = [list(STORIES[name](self)) for name in chosen]
        names = list(chosen)
        commands: list[Command] = []
        while any(left):
            place = self.random.choice([place for place, story in enumerate(left) if story])
            commands.append(Command(names[place], left[place].pop(0)))
        return commands

    def uid(self) -> str:
        """Name a message of a program."""
        return f"c{next(self._numbers)}"

    def do(self, *steps: Step) -> Do:
        """Make a message of a program."""
        return Do(self.uid(), steps)

    def lane(self) -> Lane:
        """Choose a lane, mostly the normal one."""
        return self.random.choice((*LANES, Lane.NORMAL, Lane.NORMAL))

    def one_of(self, *things: str) -> str:
        """Choose one."""
        return self.random.choice(things)

    def times(self, least: int, most: int) -> range:
        """Choose how often."""
        return range(self.random.randint(least, most))


Story = Callable[[Author], Iterator[Callable[[World], object]]]


def tell(to: str, message: Do, lane: Lane = Lane.NORMAL) -> Callable[[World], object]:
    return lambda world: world.tell(to, message, lane=lane)


def chain(author: Author) -> Iterator[Callable[[World], object]]:
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


def fan_in(author: Author) -> Iterator[Callable[[World], object]]:
    """Many senders tell one agent, more than it has room to remember."""
    senders = [f"{kind}/s{number}" for kind in ("parks", "resets") for number in range(3)]
    for _ in author.times(6, 14):
        yield tell(author.random.choice(senders), author.do(Step(Op.TELL, "parks/hub")))


def questions(author: Author) -> Iterator[Callable[[World], object]]:
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
        if author.random.random() < 0.3:
            yield tell(asked, author.do(Step(author.random.choice((Op.KEEP, Op.BREAK)), name="later")))


def promises(author: Author) -> Iterator[Callable[[World], object]]:
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


def reminders(author: Author) -> Iterator[Callable[[World], object]]:
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


def poison(author: Author) -> Iterator[Callable[[World], object]]:
    """Messages that fail always, by chance, or until the agent begins anew; among good ones, also in one frame."""
    bad = (Step(Op.FAIL), Step(Op.FLAKY), Step(Op.FAIL_UNLESS_NEW), Step(Op.NO_TURN))
    to = author.one_of("parks/v", "suspends/v", "resets/v", "escalates/v")
    for _ in author.times(4, 9):
        steps = (author.random.choice(bad),) if author.random.random() < 0.35 else (Step(Op.TELL, "parks/b"),)
        if author.random.random() < 0.5:
            yield tell(to, author.do(*steps), author.lane())
        else:
            good = Step(Op.TELL, to, (Step(Op.TELL, "parks/b"),))
            frame = [good, Step(Op.TELL, to, steps), good]
            yield tell(author.one_of("parks/a", "resets/a"), author.do(*frame))
        if author.random.random() < 0.15:
            yield lambda world, to=to: world.instruct(to, Resume("try again"))


def expiring(author: Author) -> Iterator[Callable[[World], object]]:
    """Messages that are of no use later, and such as may be lost."""
    for _ in author.times(3, 7):
        op = author.random.choice((Op.TELL, Op.SHOUT))
        yield tell(
            "parks/a", author.do(Step(op, "resets/e", seconds=author.random.choice((5, 200, 4000)), lane=author.lane()))
        )


def requests(author: Author) -> Iterator[Callable[[World], object]]:
    """Programs that ask for one thing again and again under one key, or for another thing under that key."""
    until = START + timedelta(days=20)
    for _ in author.times(2, 5):
        key, message = f"key-{author.uid()}", author.do(Step(Op.TELL, "parks/b"))
        to, other = author.one_of("parks/r", "resets/r"), author.do()
        request = ClientRequest(key, until)
        yield lambda world, to=to, message=message, request=request: world.tell(to, message, request=request)
        for _ in author.times(0, 2):
            yield lambda world, to=to, message=message, request=request: world.tell_again(to, message, request)
        if author.random.random() < 0.3:
            yield lambda world, to=to, other=other, request=request: world.tell(to, other, request=request)


def large(author: Author) -> Iterator[Callable[[World], object]]:
    """Messages that are too large to travel."""
    for _ in author.times(2, 4):
        bad = (Step(Op.FLAKY),) if author.random.random() < 0.4 else ()
        big = Step(Op.TELL, author.one_of("parks/l", "suspends/l"), bad, ballast=LARGE_BYTES)
        small = Step(Op.TELL, "parks/l")
        yield tell("resets/a", author.do(*author.random.sample([big, big, small], k=author.random.randint(1, 3))))
        if author.random.random() < 0.15:
            yield lambda world: world.outside.claims.spoil()


def growth(author: Author) -> Iterator[Callable[[World], object]]:
    """States and outboxes that do not fit an item, at once or all together."""
    to = author.one_of("parks/f", "suspends/f", "resets/f")
    for _ in author.times(3, 8):
        some = Step(Op.TELL, "parks/b", ballast=1500)
        way = author.random.choice(
            ((some,), (some, some), (Step(Op.SWELL, ballast=20_000), some), (Step(Op.SWELL, ballast=90_000),))
        )
        yield tell(to, author.do(*way))


def ways_out(author: Author) -> Iterator[Callable[[World], object]]:
    """Events, calls to the outside and answers to state machines."""
    for _ in author.times(2, 5):
        steps = [Step(Op.PUBLISH), Step(Op.CALL), Step(Op.COMPLETE), Step(Op.TELL, "parks/b")]
        yield tell(author.one_of("parks/o", "escalates/o"), author.do(*author.random.sample(steps, k=3)))


def operators(author: Author) -> Iterator[Callable[[World], object]]:
    """An operator suspends, resumes and resets agents that are being told things."""
    to = author.one_of("parks/w", "suspends/w", "resets/w")
    for _ in author.times(5, 12):
        yield tell(to, author.do(Step(Op.TELL, "parks/b")), author.lane())
        chance = author.random.random()
        if chance < 0.6:
            word = author.random.choice(
                (Suspend("look"), Suspend("look"), Resume("go on"), Resume("go on"), Reset("anew"))
            )
            yield lambda world, word=word, lane=author.lane(): world.instruct(to, word, lane)


def supervision(author: Author) -> Iterator[Callable[[World], object]]:
    """A supervisor starts a child that fails and exits, and starts it again."""
    child = "escalates/kid"
    yield tell("boss/b", author.do(Step(Op.ADOPT, child, name="b")))
    ways = [(Step(Op.TELL, "parks/b"),), (Step(Op.FAIL),), (Step(Op.EXIT),), (Step(Op.FLAKY),), ()]
    ways.append((Step(Op.REMIND, seconds=60, name="x"), Step(Op.TELL, child, (Step(Op.TELL, "parks/b"),))))
    for _ in author.times(4, 9):
        if author.random.random() < 0.15:
            yield tell("boss/b", author.do(Step(Op.STOP, child, name="b", seconds=author.random.randint(1, 3))))
        yield tell(child, author.do(*author.random.choice(ways)), author.lane())


def garbage(author: Author) -> Iterator[Callable[[World], object]]:
    """What nobody can read, among what can be read."""
    for _ in author.times(2, 4):
        to = author.one_of("parks/g", "suspends/g")
        yield tell(to, author.do(Step(Op.TELL, "parks/b")))
        text = author.one_of("", "no JSON", '{"to": "parks/other", "messages": []}', '{"to": 1}')
        yield lambda world, to=to, text=text: world.put(to, text)
        unknown = Unknown(author.uid())
        yield lambda world, to=to, unknown=unknown: world.tell(to, unknown)
        yield lambda world: world.put_into("parks", "resets/stray", '{"to": "resets/stray", "messages": []}')


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        chain,
        fan_in,
        questions,
        promises,
        reminders,
        poison,
        expiring,
        requests,
        large,
        growth,
        ways_out,
        operators,
        supervision,
        garbage,
    )
}
