"""Stories of agents that fail, of operators, and of what is too large or cannot be read."""

from collections.abc import Iterator

from lambdas.actors.system_messages import Reset, Resume, Suspend
from tests.simulation.author import Author, Deed, instruct, tell
from tests.simulation.messages import Op, Step, Unknown

LARGE_BYTES = 3000
"""Above the lowered limit of a frame."""


def poison(author: Author) -> Iterator[Deed]:
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


def large(author: Author) -> Iterator[Deed]:
    """Messages that are too large to travel."""
    for _ in author.times(2, 4):
        bad = (Step(Op.FLAKY),) if author.random.random() < 0.4 else ()
        big = Step(Op.TELL, author.one_of("parks/l", "suspends/l"), bad, ballast=LARGE_BYTES)
        small = Step(Op.TELL, "parks/l")
        yield tell("resets/a", author.do(*author.random.sample([big, big, small], k=author.random.randint(1, 3))))
        if author.random.random() < 0.15:
            yield lambda world: world.outside.claims.spoil()


def growth(author: Author) -> Iterator[Deed]:
    """States and outboxes that do not fit an item, at once or all together."""
    to = author.one_of("parks/f", "suspends/f", "resets/f")
    for _ in author.times(3, 8):
        some = Step(Op.TELL, "parks/b", ballast=1500)
        way = author.random.choice(
            ((some,), (some, some), (Step(Op.SWELL, ballast=20_000), some), (Step(Op.SWELL, ballast=90_000),))
        )
        yield tell(to, author.do(*way))


def ways_out(author: Author) -> Iterator[Deed]:
    """Events, calls to the outside and answers to state machines."""
    for _ in author.times(2, 5):
        steps = [Step(Op.PUBLISH), Step(Op.CALL), Step(Op.COMPLETE), Step(Op.TELL, "parks/b")]
        yield tell(author.one_of("parks/o", "escalates/o"), author.do(*author.random.sample(steps, k=3)))


def operators(author: Author) -> Iterator[Deed]:
    """An operator suspends, resumes and resets agents that are being told things."""
    own = author.one_of("parks/w", "suspends/w", "resets/w")
    others = [*(f"parks/{key}" for key in ("hub", "b", "r", "a")), "resets/e", "escalates/kid", "boss/b"]
    others += ["suspends/l", "suspends/p"]
    for _ in author.times(5, 12):
        to = own if author.random.random() < 0.7 else author.one_of(*others)
        yield tell(to, author.do(Step(Op.TELL, "parks/b")), author.lane())
        chance = author.random.random()
        if chance < 0.6:
            word = author.random.choice(
                (Suspend("look"), Suspend("look"), Resume("go on"), Resume("go on"), Reset("anew"))
            )
            yield instruct(to, word, author.lane())


def supervision(author: Author) -> Iterator[Deed]:
    """A supervisor starts a child that fails and exits, and starts it again."""
    child = "escalates/kid"
    yield tell("boss/b", author.do(Step(Op.ADOPT, child, name="b")))
    ways = [(Step(Op.TELL, "parks/b"),), (Step(Op.FAIL),), (Step(Op.EXIT),), (Step(Op.FLAKY),), ()]
    ways.append((Step(Op.REMIND, seconds=60, name="x"), Step(Op.TELL, child, (Step(Op.TELL, "parks/b"),))))
    for _ in author.times(4, 9):
        if author.random.random() < 0.15:
            yield tell("boss/b", author.do(Step(Op.STOP, child, name="b", seconds=author.random.randint(1, 3))))
        yield tell(child, author.do(*author.random.choice(ways)), author.lane())


def garbage(author: Author) -> Iterator[Deed]:
    """What nobody can read, among what can be read."""
    for _ in author.times(2, 4):
        to = author.one_of("parks/g", "suspends/g")
        yield tell(to, author.do(Step(Op.TELL, "parks/b")))
        text = author.one_of("", "no JSON", '{"to": "parks/other", "messages": []}', '{"to": 1}')
        yield lambda world, to=to, text=text: world.put(to, text)
        unknown = Unknown(author.uid())
        yield lambda world, to=to, unknown=unknown: world.tell(to, unknown)
        yield lambda world: world.put_into("parks", "resets/stray", '{"to": "resets/stray", "messages": []}')
