"""``python -m lab.benchmarks.turn_probe 1 10``: runs the function of device agents and tells the calls it makes.

Runs as a process whose environment is the function's; prints ``{agents: [operation, ...]}`` as JSON.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.agents.batch.messages import BatchPurpose
from lambdas.agents.device.messages import InstallEnded, InstallRelease
from lambdas.entrypoints.agent import handler
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release

RELEASE = Release("1.0.0", size_bytes=1, sha256="0" * 64)
