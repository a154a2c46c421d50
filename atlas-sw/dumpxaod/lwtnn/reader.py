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
from dumpxaod.lwtnn.checked_json import MAX_BYTES, entry, parse, shown, whole
from dumpxaod.lwtnn.graph import GraphNetwork
from dumpxaod.lwtnn.graph_reader import has_sequences, read_graph
from dumpxaod.lwtnn.layer_reader import read_layer
from dumpxaod.lwtnn.layers import Layer
from dumpxaod.lwtnn.network import Network
from dumpxaod.lwtnn.sequential import as_graph
from dumpxaod.lwtnn.variables import only, read_labels, read_variables

SHA256 = "sha256"  # the key under which `export_nn.py` keeps the digest of the rest


def read(path: Path) -> tuple[Network | GraphNetwork, str]:
    """Read an lwtnn file, and return the network and the SHA-256 of the file.

    Parameters
    ----------
    path
        A graph as lwtnn's kerasfunc2json.py writes it: either with one input, one output and a
        chain of layers between them, or with a sequence of tracks and any nodes; or a network
        in the older sequential form.

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
        return _network(graph), hashlib.sha256(content).hexdigest()
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


def _network(graph: Any) -> Network | GraphNetwork:
    if isinstance(graph, dict) and "nodes" not in graph:
        if not {"inputs", "layers", "outputs"} <= set(graph):
            raise UserError("no lwtnn graph, for it has no nodes; train_nn.py writes one")
        graph = as_graph(graph)
    if has_sequences(graph):
        return read_graph(graph)
    nodes, layers = (entry(graph, key, list, "file") for key in ("nodes", "layers"))
    variables = read_variables(only(graph, "inputs", list), "input")
    output = only(graph, "outputs", dict)
    indices = _chain(nodes, entry(output, "node_index", int, "output"), len(variables))
    if sorted(indices) != list(range(len(layers))):
        raise UserError(f"the nodes use layers {shown(indices)}, not each of {len(layers)} once")
    chain: list[Layer] = []
    width = len(variables)
    for index in indices:
        chain.append(read_layer(layers[index], width, f"layer {index}"))
        width = chain[-1].n_outputs
    return Network(variables, tuple(chain), read_labels(output, width))


def _chain(nodes: list[Any], last: int, n_variables: int) -> list[int]:
    """Follow the nodes from the output back to the input, and list the layers in forward order."""
    layers: list[int] = []
    index = last
    while len(layers) <= len(nodes):
        kind, source = _node(nodes, index)
        if kind == "input":
            _check_input(nodes[index], source, n_variables)
            if len(layers) + 1 < len(nodes):
                raise UserError(f"only {len(layers) + 1} of {len(nodes)} nodes lead to the output")
            return layers[::-1]
        layers.append(entry(nodes[index], "layer_index", int, f"node {index}"))
        index = source
    raise UserError("the nodes form a cycle")


def _node(nodes: list[Any], index: int) -> tuple[str, int]:
    """Return the type of a node and the index of its source."""
    where = f"node {index}"
    if not 0 <= index < len(nodes):
        raise UserError(f"{where}: does not exist, there are {len(nodes)} nodes")
    kind = entry(nodes[index], "type", str, where)
    if kind not in ("input", "feed_forward"):
        raise UserError(f"{where}: type {shown(kind)} is not input or feed_forward")
    sources = entry(nodes[index], "sources", list, where)
    if len(sources) != 1:
        raise UserError(f"{where}: sources are {shown(sources)}, not one index")
    return kind, whole(sources[0], f"{where}: source")


def _check_input(node: Any, source: int, n_variables: int) -> None:
    size = entry(node, "size", int, "input node")
    if size != n_variables:
        raise UserError(f"input node: size is {size}, but there are {n_variables} variables")
    if source != 0:
        raise UserError(f"input node: takes input {source}, but there is only input 0")
