"""Late columns and packed numbers: what is read is what ROOT reads, or refused by its name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from dumpxaod.errors import UserError
from dumpxaod.rootio.branch_index import open_file
from dumpxaod.rootio.column import Column
from dumpxaod.rootio.rntuple import RNTupleStore
from dumpxaod.rootio.ttree import TTreeStore

HERE = Path(__file__).parents[1]
REFERENCE = json.loads((HERE / "references" / "storage.json").read_text())
PACKED = "packed.root"

# Variables that are no numbers, and how that is told.
REFUSED = {
    "XAuxDyn:std::string": "std::vector<std::string>",
    "XAuxDyn:std::vector<float>": "std::vector<std::vector<float>>",
    "XAuxDyn:std::array<float,2>": "std::vector<std::array<float,2>>",
    "XAuxDyn:std::optional<float>": "std::vector<std::optional<float>>",
    "XAuxDyn:std::variant<std::int32_t,float>": "std::vector<std::variant<std::int32_t,float>>",
    "XAuxDyn:std::pair<std::int32_t,float>": "std::vector<std::pair<std::int32_t,float>>",
    "EventInfoAuxDyn:std::optional<float>": "std::optional<float>",
    "EventInfoAuxDyn:std::set<std::int32_t>": "std::set<std::int32_t>",
    "EventInfoAuxDyn:std::bitset<16>": "std::bitset<16>",
    "XAuxDyn:size": "ROOT::RNTupleCardinality<std::uint32_t>",
    "XAuxDyn.fixed": "an array of Double32_t",
}


def read(path: Path, name: str, start: int, stop: int) -> Column:
    container, variable = name.replace("AuxDyn:", "AuxDyn.").split("AuxDyn.", 1)
    kind = TTreeStore if path.name == PACKED else RNTupleStore
    with open_file(str(path)) as file:
        return kind(file).read([(container, variable)], start, stop)[container, variable]


def per_event(column: Column) -> list[list[float]]:
    ends = np.cumsum(column.counts)
    return [column.values[e - n : e].tolist() for e, n in zip(ends, column.counts, strict=True)]


VARIABLES = [
    pytest.param(file, name, events, id=f"{file}-{name}")
    for file, found in REFERENCE.items()
    for name, events in found.items()
]


@pytest.mark.parametrize(("file", "name", "events"), VARIABLES)
def test_every_number_is_that_of_root(
    file: str, name: str, events: list[list[float]] | None
) -> None:
    """Where ROOT's TTree::Draw and RNTupleReader give numbers, so does a store, and the same."""
    path = HERE / "fixtures" / file
    if events is None:
        with pytest.raises(UserError) as error:
            read(path, name, 0, 20)
        kind = REFUSED[name]
        assert (
            str(error.value)
            == f"{name} is {kind}, which cannot be read as one number per jet or event"
        )
    else:
        assert per_event(read(path, name, 0, len(events))) == events


@pytest.mark.parametrize("file", ["late.root", "late_pages.root"])
@pytest.mark.parametrize("n_events", [1, 8, 20])
def test_the_first_events_of_a_late_variable_are_its_zeros(file: str, n_events: int) -> None:
    """As with --max-events, which may end before a variable begins."""
    for name, events in REFERENCE[file].items():
        column = read(HERE / "fixtures" / file, name, 0, n_events)
        assert per_event(column) == events[:n_events]


def test_late_variables_begin_where_they_should() -> None:
    """By hand: jets from event 7 on, mu and passed from 10, weights from 13."""
    late = REFERENCE["late.root"]
    jets = late["AnalysisJetsAuxDyn:pt"]
    assert jets[:9] == [[], [], [], [], [], [], [], [30700.0], [30800.0, 30801.0]]
    assert late["EventInfoAuxDyn:mu"][8:12] == [[0.0], [0.0], [10.0], [11.0]]
    assert late["EventInfoAuxDyn:passed"][8:12] == [[0], [0], [1], [1]]
    assert late["EventInfoAuxDyn:mcEventWeights"][12:14] == [[], [13.0, 2.0]]
