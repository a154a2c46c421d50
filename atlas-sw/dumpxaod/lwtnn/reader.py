"""Read the JSON of an lwtnn network from an unknown source.

lwtnn itself accepts many mistakes silently, and then computes nonsense. Here everything is
checked before the first jet.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.checked_json import MAX_BYTES, parse
from dumpxaod.lwtnn.graph import read_graph
from dumpxaod.lwtnn.network import Network
from dumpxaod.lwtnn.sequential import as_graph

SHA256 = "sha256"  # the key under which `export_nn.py` keeps the digest of the rest


def read(path: Path) -> tuple[Network, str]:
    """Read an lwtnn file, and return the network and the SHA-256 of the file.

    Parameters
    ----------
    path
        A graph as lwtnn's kerasfunc2json.py writes it, with at most one input and one sequence of
        tracks, and one output; or a network in the older sequential form.

    Raises
    ------
    UserError
        If it is anything else; the message says where and why.
    """
    try:
        if path.exists() and not path.is_file():
            raise UserError("is a folder, a device or a pipe, not a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        graph = parse(content)
        _check_digest(graph)
        if isinstance(graph, dict) and "nodes" not in graph:
            if not {"inputs", "layers", "outputs"} <= set(graph):
                raise UserError("no lwtnn graph, for it has no nodes; train_nn.py writes one")
            graph = as_graph(graph)
        return read_graph(graph), hashlib.sha256(content).hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _check_digest(graph: Any) -> None:
    """Compare a graph with the SHA-256 in it, if any: of its compact form with sorted keys."""
    if not (isinstance(graph, dict) and SHA256 in graph):
        return
    rest = {key: value for key, value in graph.items() if key != SHA256}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    if graph[SHA256] != hashlib.sha256(text.encode()).hexdigest():
        raise UserError(f"damaged, for it does not fit its own {SHA256}; export it again")
