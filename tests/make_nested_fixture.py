"""Write small files with vectors of vectors, with ROOT itself.

Run by hand:

    pip install --pre ROOT
    python tests/make_nested_fixture.py

================= ===============================================================================
file              what it is for
================= ===============================================================================
nested.root       a TTree: links and numbers in branches of their own, in a split store and in an
                  unsplit one, in many small baskets
nested_late.root  an RNTuple with the same, of which the links and the numbers begin late
================= ===============================================================================

What is in them is in `nested_content.py`.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import ROOT
from nested_content import BITS, BYTES, FLOATS, LATE, LINKS, N_EVENTS, SHORTS, event

HERE = Path(__file__).resolve().parent

CLASSES = """
namespace xAOD {
class NestedAuxContainer_v1 : public AuxContainerBase {
public:
  std::vector<float> x;
  std::vector<std::vector<float>> floats;
  std::vector<std::vector<ElementLink<DataVector<xAOD::IParticle>>>> links;
  std::vector<std::vector<unsigned char>> bytes;
};
}
using Links = std::vector<std::vector<ElementLink<DataVector<xAOD::IParticle>>>>;
#ifdef __ROOTCLING__
#pragma link C++ class std::vector<std::vector<ElementLink<DataVector<xAOD::IParticle>>>>+;
#pragma link C++ class std::vector<ElementLink<DataVector<xAOD::IParticle>>>+;
#pragma link C++ class std::vector<std::vector<float>>+;
#pragma link C++ class std::vector<std::vector<unsigned char>>+;
#pragma link C++ class std::vector<std::vector<bool>>+;
#pragma link C++ class std::vector<std::vector<short>>+;
#pragma link C++ class xAOD::NestedAuxContainer_v1+;
#endif
"""

LATE_WRITER = """
#include <ROOT/RField.hxx>
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RNTupleWriter.hxx>

struct LateWriter {
  std::unique_ptr<ROOT::RNTupleWriter> writer;
  std::unique_ptr<ROOT::REntry> entry;

  LateWriter(const char *path) {
    auto model = ROOT::RNTupleModel::Create();
    model->MakeField<std::uint64_t>("EventInfoAuxDyn:eventNumber");
    writer = ROOT::RNTupleWriter::Recreate(std::move(model), "EventData", path);
  }
  void extend(const std::string &name, const std::string &type) {
    auto updater = writer->CreateModelUpdater();
    updater->BeginUpdate();
    updater->AddField(ROOT::RFieldBase::Create(name, type).Unwrap());
    updater->CommitUpdate();
  }
  void start() { entry = writer->CreateEntry(); }
  void fill(int i) {
    *entry->GetPtr<std::uint64_t>("EventInfoAuxDyn:eventNumber") = i;
    writer->Fill(*entry);
    if (i % 4 == 3)
      writer->CommitCluster();
  }
  Links &links() { return *entry->GetPtr<Links>("JetsAuxDyn:links"); }
  std::vector<std::vector<float>> &floats() {
    return *entry->GetPtr<std::vector<std::vector<float>>>("JetsAuxDyn:floats");
  }
};
"""


def compile_classes() -> None:
    """Give ROOT the classes, and the writer of what begins late."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "nested_classes.cxx"
        source.write_text((HERE / "xaod_classes.h").read_text() + CLASSES)
        assert ROOT.gSystem.CompileMacro(str(source), "fs", "", folder)
    ROOT.gInterpreter.Declare(LATE_WRITER)


def assign(vectors: Any, values: list[list[Any]]) -> None:
    """Fill a vector of vectors of numbers or of links."""
    vectors.resize(len(values))
    for vector, numbers in zip(vectors, values, strict=True):
        vector.resize(len(numbers))
        for i, number in enumerate(numbers):
            if isinstance(number, tuple):
                vector[i].m_persKey, vector[i].m_persIndex = number
            else:
                vector[i] = number


def write_tree(path: Path) -> None:
    """Write the TTree."""
    file = ROOT.TFile(str(path), "RECREATE", "", 505)
    tree = ROOT.TTree("CollectionTree", "CollectionTree")
    kinds = {LINKS: ROOT.Links}
    for name, kind in ((FLOATS, "float"), (BITS, "bool"), (SHORTS, "short"), (BYTES, "UChar_t")):
        kinds[name] = ROOT.std.vector[ROOT.std.vector[kind]]
    vectors = {name: kind() for name, kind in kinds.items()}
    split, unsplit = ROOT.xAOD.NestedAuxContainer_v1(), ROOT.xAOD.NestedAuxContainer_v1()
    for i, (name, vector) in enumerate(vectors.items()):
        tree.Branch(f"JetsAuxDyn.{name}", vector, 700 + 100 * i, 1)
    tree.Branch("SplitAux.", split, 1000, 1)
    tree.Branch("UnsplitAux.", unsplit, 1000, 0)
    for i in range(N_EVENTS):
        content = event(i)
        for name, vector in vectors.items():
            assign(vector, content[name])
        for store in (split, unsplit):
            assign(store.floats, content[FLOATS])
            assign(store.links, content[LINKS])
            assign(store.bytes, content[BYTES])
        tree.Fill()
    tree.Write()
    file.Close()


def write_late(path: Path) -> None:
    """Write the RNTuple."""
    writer = ROOT.LateWriter(str(path))
    for i in range(N_EVENTS):
        if i == LATE[LINKS]:
            writer.extend("JetsAuxDyn:links", "Links")
        if i == LATE[FLOATS]:
            writer.extend("JetsAuxDyn:floats", "std::vector<std::vector<float>>")
        writer.start()
        if i >= LATE[LINKS]:
            assign(writer.links(), event(i)[LINKS])
        if i >= LATE[FLOATS]:
            assign(writer.floats(), event(i)[FLOATS])
        writer.fill(i)
    del writer


if __name__ == "__main__":
    compile_classes()
    os.chdir(HERE / "fixtures")  # ROOT keeps the name that a file is opened by inside it
    write_tree(Path("nested.root"))
    write_late(Path("nested_late.root"))
