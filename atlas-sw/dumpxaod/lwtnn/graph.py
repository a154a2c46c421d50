"""Read an lwtnn graph from an unknown source.

Nodes may be connected in every way that lwtnn allows; several may share a layer.
"""

from __future__ import annotations

from typing import Any

from dumpxaod.errors import UserError
from dumpxaod.lwtnn.checked_json import entry, names, shown, whole
from dumpxaod.lwtnn.layer_reader import read_layer
from dumpxaod.lwtnn.layers import Layer
from dumpxaod.lwtnn.network import (
    ADD,
    CONCATENATE,
    EACH,
    FEED,
    INPUT,
    KINDS,
    SEQUENCE,
    SUM,
    Network,
    Node,
    TrackSequence,
)
from dumpxaod.lwtnn.variables import read_variables

N_MAX = "n_max"  # the key under which `export_nn.py` keeps the maximum number of tracks per jet
ASSOCIATION = "association"  # the same for the links that lead to them
_MOST_NODES = 200
_MOST_NUMBERS = 1_000_000  # that a node gives; each could take the one before it several times
_MOST_TRACKS = 1000


def read_graph(graph: Any) -> Network:
    """Read a graph with at most one input, at most one sequence, and one output.

    Raises
    ------
    UserError
        If it is anything else.
    """
    sequences, inputs = (entry(graph, key, list, "file") for key in ("input_sequences", "inputs"))
    tracks = _sequence(_only(graph, "input_sequences", list)) if sequences else None
    has_jets = inputs or not tracks
    variables = read_variables(_only(graph, "inputs", list), "input") if has_jets else ()
    output = _only(graph, "outputs", dict)
    nodes = _Nodes(graph, {INPUT: len(variables), SEQUENCE: len(tracks.variables) if tracks else 0})
    last = nodes.add(entry(output, "node_index", int, "output"))
    if nodes.found[last].of_tracks:
        raise UserError("output: its node gives numbers of tracks, not of jets; it needs a sum")
    nodes.require_all()
    labels = names(entry(output, "labels", list, "output"), "output")
    if len(labels) != nodes.found[last].width:
        raise UserError(f"output: {len(labels)} labels for {nodes.found[last].width} numbers")
    return Network(variables, tracks, tuple(nodes.found), labels)


def _only(graph: Any, key: str, kind: type[Any]) -> Any:
    """Take the only one of the inputs or outputs; raise a `UserError` if there are more."""
    entries = entry(graph, key, kind, "file")
    if len(entries) != 1:
        raise UserError(f"{len(entries)} {key}; exactly one is supported")
    return next(iter(entries.values() if kind is dict else entries))


def _sequence(sequence: Any) -> TrackSequence:
    (name,) = names([entry(sequence, "name", str, "sequence")], "sequence")
    n_max = sequence.get(N_MAX)
    if n_max is not None and not 0 < whole(n_max, f"sequence: {N_MAX}") <= _MOST_TRACKS:
        raise UserError(f"sequence: {N_MAX} is {shown(n_max)}, not 1 to {_MOST_TRACKS}")
    variables = read_variables(sequence, "sequence")
    association = entry(sequence, ASSOCIATION, str, "sequence") if ASSOCIATION in sequence else ""
    if association:
        names([association], f"sequence: {ASSOCIATION}")
    return TrackSequence(name, variables, None if n_max is None else int(n_max), association)


class _Nodes:
    """Collects the nodes of a graph in the order of evaluation.

    Parameters
    ----------
    widths
        For both kinds of input the number of variables.
    """

    def __init__(self, graph: Any, widths: dict[str, int]) -> None:
        self._nodes, self._layers = (entry(graph, key, list, "file") for key in ("nodes", "layers"))
        if len(self._nodes) > _MOST_NODES:
            raise UserError(f"{len(self._nodes)} nodes are more than {_MOST_NODES}")
        self._widths = widths
        self._number: dict[int, int | None] = {}
        self._used: set[int] = set()  # indices of layers
        self.found: list[Node] = []

    def add(self, index: int) -> int:
        """Add a node after those that it depends on, and return its index in `found`."""
        if index in self._number:
            number = self._number[index]
            if number is None:
                raise UserError("the nodes form a cycle")
            return number
        where = f"node {index}"
        if not 0 <= index < len(self._nodes):
            raise UserError(f"{where}: does not exist, there are {len(self._nodes)} nodes")
        self._number[index] = None
        self.found.append(self._node(self._nodes[index], where))
        self._number[index] = len(self.found) - 1
        return len(self.found) - 1

    def require_all(self) -> None:
        """Raise a `UserError` unless all inputs, nodes and layers are used."""
        used = {node.kind for node in self.found}
        for kind, width in self._widths.items():
            if width and kind not in used:
                raise UserError(f"no {kind} node leads to the output")
        if len(self.found) < len(self._nodes):
            n, n_all = len(self.found), len(self._nodes)
            raise UserError(f"only {n} of {n_all} nodes lead to the output")
        unused = set(range(len(self._layers))) - self._used
        if unused:
            raise UserError(f"no node uses layer {min(unused)}")

    def _node(self, node: Any, where: str) -> Node:
        kind = entry(node, "type", str, where)
        if kind not in KINDS:
            raise UserError(f"{where}: type {shown(kind)} is not one of {', '.join(KINDS)}")
        named = entry(node, "sources", list, where)
        indices = [whole(source, f"{where}: source") for source in named]
        several = kind in (CONCATENATE, ADD)
        if len(indices) != 1 and not (several and indices):
            raise UserError(f"{where}: sources are {shown(named)}, not one index")
        if kind in self._widths:
            return self._input(node, kind, indices[0])
        sources = tuple(self.add(index) for index in indices)
        before = [self.found[number] for number in sources]
        for source in before:
            if source.of_tracks != (kind in (EACH, SUM)):
                what = "tracks" if source.of_tracks else "jets"
                raise UserError(f"{where}: {kind} cannot take numbers of {what}")
        widths = [source.width for source in before]
        if kind in (FEED, EACH):
            layer = self._layer(node, widths[0], where)
            return Node(kind, sources, layer.n_outputs, layer)
        if kind == ADD and len(set(widths)) > 1:
            raise UserError(f"{where}: adds {shown(widths)} numbers")
        width = sum(widths) if kind == CONCATENATE else widths[0]
        if width > _MOST_NUMBERS:
            raise UserError(f"{where}: {width:,} numbers are more than {_MOST_NUMBERS:,}")
        return Node(kind, sources, width)

    def _layer(self, node: Any, n_inputs: int, where: str) -> Layer:
        index = entry(node, "layer_index", int, where)
        if not 0 <= index < len(self._layers):
            raise UserError(f"{where}: layer {index} does not exist")
        self._used.add(index)
        return read_layer(self._layers[index], n_inputs, f"layer {index}")

    def _input(self, node: Any, kind: str, source: int) -> Node:
        size, width = entry(node, "size", int, f"{kind} node"), self._widths[kind]
        if size != width or not width:
            raise UserError(f"{kind} node: size is {size}, but there are {width} variables")
        if source != 0:
            raise UserError(f"{kind} node: takes input {source}, but there is only input 0")
        return Node(kind, (), width)
