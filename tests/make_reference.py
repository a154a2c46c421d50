"""Read derivations with ROOT alone and write what a dump of them has to hold.

Run by hand, when the fixtures have changed:

    pip install --pre ROOT
    python tests/make_reference.py

Nothing here comes from this project's programs, nor from uproot: TTree::Draw reads the TTrees,
the unsplit stores by the emulated classes that ROOT makes from the file's streamer information,
and RNTupleReader reads the RNTuples. Which collections belong together is written down below.

The result, tests/references/dump.json, has for each collection the jets with pt > 20 GeV and
|eta| < 2.5 that have a b-tagging object: all values of the fixtures; of the real derivations,
which are looked for in ../shared/daod or $DAOD_DIR, a few and some sums. Floats are rounded to
float32 as in the dumped file; sums are of these rounded values, in double precision and exact.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import ROOT

HERE = Path(__file__).resolve().parent
REAL = Path(os.environ.get("DAOD_DIR", HERE.parents[1] / "shared" / "daod"))
LABELS = ("HadronConeExclTruthLabelID", "HadronConeExclExtendedTruthLabelID")
N_SHOWN = 4
N_MOST = 1_000_000  # elements of a variable that TTree::Draw keeps

ROOT.gInterpreter.Declare("""
#include <ROOT/RNTupleReader.hxx>
#include <ROOT/RNTupleView.hxx>

// Event and value of each element of a collection, in turn.
template <class T>
std::vector<double> elements(const std::string &file, const std::string &name,
                             const std::string &member) {
  auto reader = ROOT::RNTupleReader::Open("EventData", file);
  auto collection = reader->GetCollectionView(name);
  auto view = collection.GetView<T>(member);
  std::vector<double> result;
  for (auto event : reader->GetEntryRange())
    for (auto i : collection.GetCollectionRange(event)) {
      result.push_back(event);
      result.push_back(view(i));
    }
  return result;
}

template <class T>
std::vector<double> numbers(const std::string &file, const std::string &name, const std::string &) {
  auto reader = ROOT::RNTupleReader::Open("EventData", file);
  auto view = reader->GetView<T>(name);
  std::vector<double> result;
  for (auto event : reader->GetEntryRange()) {
    result.push_back(event);
    result.push_back(view(event));
  }
  return result;
}

long n_entries(const std::string &file) {
  return ROOT::RNTupleReader::Open("EventData", file)->GetNEntries();
}
""")


class Case(NamedTuple):
    """A collection to dump, the one it is a shallow copy of (or itself), and its b-tagging."""

    file: str
    collection: str
    parent: str
    btagging: str | None
    jet_variables: tuple[str, ...]
    taggers: dict[str, str]
    rntuple: bool = False


EACH_TYPE = (
    "as_double",
    "as_short",
    "as_unsigned_short",
    "as_int",
    "as_unsigned_int",
    "as_Long64_t",
    "as_ULong64_t",
    "as_char",
    "as_unsigned_char",
    "as_bool",
)
OLD = {"rnnip_log_ratio": "rnnip"}
OLD_2 = OLD | {"dl1r_log_ratio": "DL1r"}
V00, V01 = ({"gn2_log_ratio": f"GN2{v}", "dl1d_log_ratio": f"DL1d{v}"} for v in ("v00", "v01"))
V22 = {"gn2_log_ratio": "GN2v00", "dl1d_log_ratio": "DL1dv01"}
TOPO, TOPO_2018 = "AntiKt4EMTopoJets", "AntiKt4EMTopoJets_BTagging201810"
PFLOW_B, JETS, VR = "BTagging_AntiKt4EMPFlow", "AnalysisJets", "AntiKtVR30Rmax4Rmin02TrackJets"
CASES = (
    Case("r21_full_ttree.root", TOPO, TOPO, "BTagging_AntiKt4EMTopo", LABELS, OLD),
    Case("r22_physlite_ttree.root", JETS, JETS, PFLOW_B, LABELS, V22),
    Case("r25_physlite_rntuple.root", JETS, JETS, PFLOW_B, LABELS, V01, rntuple=True),
    Case("r21.root", TOPO, TOPO, "BTagging_AntiKt4EMTopo", LABELS + EACH_TYPE, OLD_2),
    Case("r21.root", TOPO_2018, TOPO, "BTagging_AntiKt4EMTopo_201810", LABELS, OLD_2),
    Case("physlite.root", JETS, JETS, PFLOW_B, LABELS, V00),
    Case("physlite_v01.root", JETS, JETS, PFLOW_B, LABELS, V01),
    Case("direct.root", JETS, JETS, None, LABELS, {"gn2_log_ratio": "GN2v01"}),
    Case("data.root", VR, VR, "BTagging_AntiKtVR30Rmax4Rmin02Track", (), OLD_2),
    Case("rntuple.root", JETS, JETS, PFLOW_B, LABELS, V01, rntuple=True),
)

Values = Any  # float64, one an element
Read = Callable[[str, str], tuple[Values, Values]]  # event and value of each element


def tree_reader(tree: Any) -> Read:
    """Read a variable of a container out of a TTree, static or dynamic."""
    tree.SetEstimate(N_MOST)

    def read(container: str, variable: str) -> tuple[Values, Values]:
        dynamic = f"{container}AuxDyn.{variable}"
        static = f"{container}Aux.{variable}"
        name = dynamic if tree.GetBranch(dynamic.partition(".m_pers")[0]) else static
        n = tree.Draw(f"Entry$:{name}", "", "goff")
        assert n > 0, f"nothing in {name}"
        return tuple(
            np.frombuffer(column, np.float64, n).copy() for column in (tree.GetV1(), tree.GetV2())
        )

    return read


def ntuple_reader(path: Path) -> Read:
    """Read a variable of a container out of an RNTuple."""

    def read(container: str, variable: str) -> tuple[Values, Values]:
        vector, _, link = variable.partition(".")
        member = f"_0.:_0.{link}" if link else "_0"
        kind = "std::uint32_t" if link else "std::int32_t" if variable in LABELS else "float"
        function = ROOT.elements[kind]
        if variable == "eventNumber":
            function = ROOT.numbers["std::uint64_t"]
        pairs = function(str(path), f"{container}AuxDyn:{vector}", member)
        return tuple(np.array(pairs).reshape(-1, 2).T)

    return read


def jets(case: Case, read: Read) -> tuple[dict[str, Values], dict[str, int]]:
    """Dump one collection: its fields, and how many jets went where."""
    event, pt = read(case.parent, "pt")
    columns = {"pt": pt} | {v: read(case.parent, v)[1] for v in ("eta", "m")}
    columns |= {v: read(case.parent, v)[1] for v in case.jet_variables}
    passed = (pt > 20000) & (np.abs(columns["eta"]) < 2.5)
    target = np.arange(len(pt))
    linked = np.ones(len(pt), bool)
    if case.btagging:
        target, linked = targets(case, read, event)
    taken = passed & linked
    columns = {name: values[taken] for name, values in columns.items()}
    of_event = dict(zip(*read("EventInfo", "eventNumber"), strict=True))
    columns["eventNumber"] = np.array([of_event[e] for e in event[taken]])
    place = case.btagging or case.collection
    for name, tagger in case.taggers.items():
        p_b, p_u = (read(place, f"{tagger}_p{f}")[1][target[taken]] for f in "bu")
        with np.errstate(all="ignore"):
            columns[name] = np.log(p_b / p_u)
    if "rnnip_log_ratio" in columns:
        columns["jf_sig"] = read(place, "JetFitter_significance3d")[1][target[taken]]
    cut, null = np.count_nonzero(~passed), np.count_nonzero(passed & ~linked)
    return columns, {"read": len(pt), "cut": int(cut), "null links": int(null)}


def targets(case: Case, read: Read, event: Values) -> tuple[Values, Values]:
    """Follow the links, jet by jet: place among all b-tagging objects, and whether there is one."""
    _, keys = read(case.collection, "btaggingLink.m_persKey")
    _, indices = read(case.collection, "btaggingLink.m_persIndex")
    tagger = next(iter(case.taggers.values()))
    objects, _ = read(str(case.btagging), f"{tagger}_pb")
    sizes: Counter[float] = Counter(objects)
    found = []
    for e, key, index in zip(event, keys, indices, strict=True):
        assert key == 0 or index < sizes[e]
        found.append(np.searchsorted(objects, e) + int(index) if key else 0)
    return np.array(found), keys != 0


def rounded(values: Values, name: str) -> Values:
    """Round to what the dumped file can hold: integers, or float32."""
    if name in LABELS or name == "eventNumber" or (name in EACH_TYPE and name != "as_double"):
        return values.astype(np.int64)
    return values.astype(np.float32)


def numbers(values: Values) -> list[float]:
    """Give numbers in the fewest digits that mean the same float32."""
    if values.dtype == np.int64:
        return values.tolist()
    return [float(str(value)) for value in values]


def in_short(values: Values) -> dict[str, Any]:
    """Sum up the values of a field; the weighted sum knows their order."""
    finite = values[np.isfinite(values)].astype(np.float64)
    return {
        "finite": len(finite),
        "sum": math.fsum(finite),
        "sum of squares": math.fsum(finite**2),
        "weighted sum": math.fsum(finite * np.arange(1, len(finite) + 1)),
        "first": numbers(values[:N_SHOWN]),
        "last": numbers(values[-N_SHOWN:]),
    }


def reference(case: Case) -> dict[str, Any]:
    """Make the entry of one collection."""
    is_real = case.file.split("_")[0] in {"r21", "r22", "r25"} and "_" in case.file
    path = (REAL if is_real else HERE / "fixtures") / case.file
    if case.rntuple:
        n_events, read = ROOT.n_entries(str(path)), ntuple_reader(path)
    else:
        file = ROOT.TFile.Open(str(path))
        tree = file.Get("CollectionTree")
        n_events, read = tree.GetEntries(), tree_reader(tree)
    columns, counts = jets(case, read)
    columns = {name: rounded(values, name) for name, values in columns.items()}
    extended = columns.get(LABELS[1], np.array([], int))
    labels = {str(label): n for label, n in sorted(Counter(extended.tolist()).items())}
    content = {name: (in_short if is_real else numbers)(v) for name, v in columns.items()}
    return {
        "file": case.file,
        "collection": case.collection,
        "real": is_real,
        "events": int(n_events),
        "jets": counts | {"written": len(columns["pt"])},
        "labels": labels,
        "fields": content,
    }


def text(entries: list[dict[str, Any]]) -> str:
    """Write JSON with a line for each field."""
    lines = []
    for entry in entries:
        fields = entry.pop("fields")
        head = json.dumps(entry)[:-1]
        body = ",\n".join(f"  {json.dumps(name)}: {json.dumps(v)}" for name, v in fields.items())
        lines.append(f'{head}, "fields": {{\n{body}\n}}}}')
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    target = HERE / "references" / "dump.json"
    target.write_text(text([reference(case) for case in CASES]))
