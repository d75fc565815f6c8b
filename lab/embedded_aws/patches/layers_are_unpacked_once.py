"""A layer is unpacked once, and every execution environment of every function reads that one copy.

The emulator unpacks each layer anew for each worker process, and Python compiles it anew each time: a second of work
per cold start. AWS gives environments the unpacked layer at /opt:
https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
Bytecode that the first worker writes beside the modules serves all later ones.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import hashlib
import io
import os
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_FOLDERS_OF_LAYERS = "_LAMBDA_LAYERS_DIRS"
"""The variable by which the emulator's Python worker finds its layers."""

_unpacking = threading.Lock()


def apply() -> None:
    """Give Python workers the folders of their layers, instead of layers to unpack."""
    spawn = lambda_runtime.Worker._spawn

    def spawn_with_shared_layers(worker: Any) -> None:
        config = worker.config
        if not config.get("Layers") or not str(config.get("Runtime", "")).startswith("python"):
            spawn(worker)
            return
        folders = [str(_unpacked(layer)) for layer in config["Layers"]]
        variables = config.get("Environment", {}).get("Variables", {})
        with_folders = {"Variables": {**variables, _FOLDERS_OF_LAYERS: os.pathsep.join(folders)}}
        worker.config = {**config, "Layers": [], "Environment": with_folders}
        try:
            spawn(worker)
        finally:
            worker.config = config

    lambda_runtime.Worker._spawn = spawn_with_shared_layers


def _unpacked(layer: Any) -> Path:
    """Answer the folder of a layer, which is named by its content; a rename makes it appear whole or not at all."""
    content = lambda_svc._resolve_layer_zip(layer)
    folder = Path(tempfile.gettempdir()) / f"layer-{hashlib.sha256(content).hexdigest()[:16]}"
    with _unpacking:
        if not folder.exists():
            aside = Path(tempfile.mkdtemp(prefix="layer-"))
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(aside)
            aside.rename(folder)
    return folder
