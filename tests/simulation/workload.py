"""What programs and operators do in a run: some stories, mixed, each a list of commands in order."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulation.author import Author, Deed, Story
from tests.simulation.stories_that_go_well import chain, expiring, fan_in, promises, questions, reminders, requests
from tests.simulation.stories_that_go_wrong import garbage, growth, large, operators, poison, supervision, ways_out

STORIES_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that is done from outside, and the story it belongs to."""

    story: str
    do: Deed


def commands_of(seed: int, stories: Sequence[str] = ()) -> list[Command]:
    """Choose stories, unless some are given, and mix their commands, each story's in order."""
    author = Author(seed)
    chosen = stories or author.random.sample(list(STORIES), k=author.random.randint(1, STORIES_AT_ONCE))
    left = [list(STORIES[name](author)) for name in chosen]
    commands: list[Command] = []
    while any(left):
        place = author.random.choice([place for place, story in enumerate(left) if story])
        commands.append(Command(chosen[place], left[place].pop(0)))
    return commands


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
