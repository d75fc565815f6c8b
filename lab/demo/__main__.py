"""`python -m lab.demo [--exit] [--devices N]`: what `make demo` runs. Status 0 only if both stories ended as told."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from rich.console import Console
from ringtree_cli.durations import format_duration
from ringtree_cli.errors import RingtreeError
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.terminal import open_console

from lab.demo.closing import ToldStory, print_closing
from lab.demo.enrolment_act import enrol_fleet
from lab.demo.errors import DemoError
from lab.demo.folders import DemoFolders, fresh_folders
from lab.demo.interrupts import interrupt_once
from lab.demo.options import DemoOptions, read_options
from lab.demo.play import Play
from lab.demo.processes import Processes
from lab.demo.signpost import signpost_to
from lab.demo.stage import Stage
from lab.demo.stories import BAD_DEPLOYMENT, tell_bad_story, tell_good_story
from lab.demo.transient_system import transient_system
from lab.embedded_aws.errors import EmbeddedAwsError
from lab.embedded_aws.progress import Progress

INTERRUPTED = 130
LOOKS_EVERY_SECONDS = 0.5


def main(arguments: Sequence[str]) -> int:
    """Tell the stories; the answer is the exit status."""
    console = open_console()
    stories: list[ToldStory] = []
    try:
        with interrupt_once():
            _perform(read_options(arguments), console, stories)
    except (DemoError, EmbeddedAwsError, RingtreeError) as error:
        console.print(f"demo: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped; nothing of the demo runs any more.")
        if len(stories) < 2:
            return INTERRUPTED
    return 0 if len(stories) == 2 and all(story.ended_as_told for story in stories) else 1


def _perform(options: DemoOptions, console: Console, stories: list[ToldStory]) -> None:
    stage, folders = Stage(console), DemoFolders(options.folder)
    with fresh_folders(folders), _platform(options, stage, folders) as play:
        enrol_fleet(play)
        stories.append(tell_good_story(play))
        stories.append(tell_bad_story(play))
        print_closing(console, stories)
        as_told = all(story.ended_as_told for story in stories)
        verdict = "Both stories ended as told" if as_told else "NOT as told: see the checks marked ✗"
        verdict = f"{verdict}; the whole run took {format_duration(stage.elapsed)}"
        stage.say(verdict, "bold green" if as_told else "bold red")
        if not options.ends_itself:
            _stay_up(play)


@contextmanager
def _platform(options: DemoOptions, stage: Stage, folders: DemoFolders) -> Iterator[Play]:
    """A platform of the demo's own, made anew, with nothing left running after the block."""
    stage.act("The whole platform starts on this machine")
    with ExitStack() as stack:
        system = stack.enter_context(transient_system(folders.aws, options.port, Progress(stage.console)))
        api = OperatorApi.of_file(system.aws.state.connection)
        stack.callback(api.close)
        processes = stack.enter_context(Processes(folders.logs))
        rings = tuple(ring.name for ring in api.rings())
        yield Play(system, api, stage, processes, folders, options.simulated_devices, rings)


def _stay_up(play: Play) -> None:
    """Leave everything running for the audience, until Ctrl-C."""
    connection = play.system.connection
    with signpost_to(play.system.aws.state.connection) as ringtree:
        play.stage.act("Now it is yours; Ctrl-C ends it and stops everything")
        play.stage.say(f"operators  {connection.operator_url}/v1/deployments")
        play.stage.say(f"devices    {connection.device_url}/device/v1/heartbeats")
        play.stage.say(f"AWS        {connection.aws_endpoint_url}  region {connection.region}")
        play.stage.say(f"tokens     {play.system.aws.state.connection}")
        play.stage.say(f"try        .venv/bin/{ringtree} devices list --ring {play.rings[0]}")
        play.stage.say(f"           .venv/bin/{ringtree} deployments status {BAD_DEPLOYMENT}")
        while True:
            play.processes.check_alive()
            time.sleep(LOOKS_EVERY_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
