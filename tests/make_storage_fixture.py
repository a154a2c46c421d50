"""Write files with columns that begin late and with packed numbers, and what ROOT reads in them.

Run by hand:

    pip install --pre ROOT
    python tests/make_storage_fixture.py

================ ================================================================================
file             what it is for
================ ================================================================================
late.root        an RNTuple whose schema is extended three times, within clusters and between them
late_merged.root three such files, the first without any of the late variables, put together
late_pages.root  late within a cluster of many small pages, not compressed, without checksums
numbers.root     an RNTuple with a variable of each kind of number, and kinds that are none
packed.root      a TTree with Double32_t and Float16_t in every form
================ ================================================================================

The result, tests/references/storage.json, has for each file and each variable one list of numbers
per event; variables that are none are null. Late variables are described in `EVENTS` below: event i
has i % 3 jets, of which number k has pt 30000 + 100 i + k.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import ROOT

HERE = Path(__file__).resolve().parent
N_EVENTS = 20

ROOT.gInterpreter.Declare("""
#include <ROOT/RField.hxx>
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleReader.hxx>
#include <ROOT/RNTupleView.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <TFile.h>
#include <TTree.h>

enum class Quality : int { Bad = -1, Good = 7 };

using Vector = std::vector<float>;

// The jets, mu and the weights enter the schema at some events: never if that is negative.
struct Late {
  int first, jets, mu, weights, cluster;
};

void extend(ROOT::RNTupleWriter &writer, const std::string &name, const std::string &type) {
  auto updater = writer.CreateModelUpdater();
  updater->BeginUpdate();
  updater->AddField(ROOT::RFieldBase::Create(name, type).Unwrap());
  updater->CommitUpdate();
}

void write_late(const char *path, const Late &late, int n, int page, int compression) {
  auto model = ROOT::RNTupleModel::Create();
  model->MakeField<std::uint64_t>("EventInfoAuxDyn:eventNumber");
  ROOT::RNTupleWriteOptions options;
  options.SetCompression(compression);
  if (page) {
    options.SetEnablePageChecksums(false);
    options.SetInitialUnzippedPageSize(page);
    options.SetMaxUnzippedPageSize(page);
  }
  auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "EventData", path, options);
  for (int i = 0; i < n; i++) {
    if (i == late.jets) {
      extend(*writer, "AnalysisJetsAuxDyn:pt", "std::vector<float>");
      extend(*writer, "AnalysisJetsAuxDyn:eta", "std::vector<float>");
    }
    if (i == late.mu) {
      extend(*writer, "EventInfoAuxDyn:mu", "float");
      extend(*writer, "EventInfoAuxDyn:passed", "bool");
    }
    if (i == late.weights)
      extend(*writer, "EventInfoAuxDyn:mcEventWeights", "std::vector<float>");
    auto entry = writer->CreateEntry();
    const int event = late.first + i;
    *entry->GetPtr<std::uint64_t>("EventInfoAuxDyn:eventNumber") = 1000 + event;
    if (late.jets >= 0 && i >= late.jets)
      for (int k = 0; k < event % 3; k++) {
        entry->GetPtr<Vector>("AnalysisJetsAuxDyn:pt")->push_back(30000 + 100 * event + k);
        entry->GetPtr<Vector>("AnalysisJetsAuxDyn:eta")->push_back(0.5 * k);
      }
    if (late.mu >= 0 && i >= late.mu) {
      *entry->GetPtr<float>("EventInfoAuxDyn:mu") = event;
      *entry->GetPtr<bool>("EventInfoAuxDyn:passed") = true;
    }
    if (late.weights >= 0 && i >= late.weights)
      entry->GetPtr<Vector>("EventInfoAuxDyn:mcEventWeights")->assign({1.f * event, 2.f});
    writer->Fill(*entry);
    if (i % late.cluster == late.cluster - 1)
      writer->CommitCluster();
  }
}

void add(ROOT::RNTupleModel &model, const std::string &name, const std::string &type) {
  model.AddField(ROOT::RFieldBase::Create(name, type).Unwrap());
}

template <class T>
void push(ROOT::REntry &entry, const std::string &name, T value) {
  entry.GetPtr<std::vector<T>>("XAuxDyn:" + name)->push_back(value);
}

void fill(ROOT::REntry &entry, const std::string &name, double value) {
  *entry.GetPtr<float>("EventInfoAuxDyn:" + name) = value;
  *entry.GetPtr<double>("EventInfoAuxDyn:double_" + name) = value;
}

template <class T>
void real(ROOT::RNTupleModel &model, const std::string &name, int bits, double low, double high) {
  auto field = std::make_unique<ROOT::RField<T>>(name);
  if (low < high)
    field->SetQuantized(bits, {static_cast<T>(low), static_cast<T>(high)});
  else if (bits == 16)
    field->SetHalfPrecision();
  else
    field->SetTruncated(bits);
  model.AddField(std::move(field));
}

void write_numbers(const char *path) {
  auto model = ROOT::RNTupleModel::Create();
  for (std::string type : {"bool", "char", "float", "double", "Quality", "std::string",
        "std::vector<float>", "std::array<float,2>", "std::optional<float>",
        "std::variant<std::int32_t,float>", "std::pair<std::int32_t,float>"})
    add(*model, "XAuxDyn:" + type, "std::vector<" + type + ">");
  for (std::string bits : {"8", "16", "32", "64"})
    for (std::string sign : {"", "u"})
      add(*model, "XAuxDyn:" + sign + "int" + bits,
          "std::vector<std::" + sign + "int" + bits + "_t>");
  for (std::string type : {"Quality", "std::atomic<std::int32_t>", "std::optional<float>",
                           "std::set<std::int32_t>", "std::bitset<16>"})
    add(*model, "EventInfoAuxDyn:" + type, type);
  for (int bits : {10, 17, 31}) {
    real<float>(*model, "EventInfoAuxDyn:truncated" + std::to_string(bits), bits, 0, 0);
    real<double>(*model, "EventInfoAuxDyn:double_truncated" + std::to_string(bits), bits, 0, 0);
  }
  for (int bits : {1, 7, 16, 32}) {
    const std::string name = "quantized" + std::to_string(bits);
    real<float>(*model, "EventInfoAuxDyn:" + name, bits, -300, 300);
    real<double>(*model, "EventInfoAuxDyn:double_" + name, bits, -300, 300);
  }
  real<float>(*model, "EventInfoAuxDyn:half", 16, 0, 0);
  const std::string from = "XAuxDyn:float", to = "XAuxDyn:projected";
  auto projected = ROOT::RFieldBase::Create(to, "std::vector<float>").Unwrap();
  const auto source = [&](const std::string &name) { return from + name.substr(to.size()); };
  model->AddProjectedField(std::move(projected), source).ThrowOnError();
  auto size = ROOT::RFieldBase::Create("XAuxDyn:size", "ROOT::RNTupleCardinality<std::uint32_t>");
  model->AddProjectedField(size.Unwrap(), [&](const std::string &) { return from; }).ThrowOnError();
  auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "EventData", path);
  for (int i = 0; i < 20; i++) {
    auto entry = writer->CreateEntry();
    const long long big = (1LL << 40) - (1LL << 41) * (i % 2) + i;
    const int n = i % 3;
    for (int k = 0; k < n; k++) {
      push<bool>(*entry, "bool", i % 2);
      push<char>(*entry, "char", big);
      push<std::int8_t>(*entry, "int8", big);
      push<std::uint8_t>(*entry, "uint8", big);
      push<std::int16_t>(*entry, "int16", big / 1000);
      push<std::uint16_t>(*entry, "uint16", big / 1000);
      push<std::int32_t>(*entry, "int32", big / 1000);
      push<std::uint32_t>(*entry, "uint32", big / 1000);
      push<std::int64_t>(*entry, "int64", big);
      push<std::uint64_t>(*entry, "uint64", big);
      push<float>(*entry, "float", big / 7.);
      push<double>(*entry, "double", big / 7.);
      push<Quality>(*entry, "Quality", Quality(i - 10));
    }
    *entry->GetPtr<Quality>("EventInfoAuxDyn:Quality") = Quality::Bad;
    const double x = (i - 10) * 29.7 / (1 + i % 4);
    for (int bits : {10, 17, 31})
      fill(*entry, "truncated" + std::to_string(bits), x);
    for (int bits : {1, 7, 16, 32})
      fill(*entry, "quantized" + std::to_string(bits), x);
    *entry->GetPtr<float>("EventInfoAuxDyn:half") = x;
    writer->Fill(*entry);
  }
}

void write_packed(const char *path) {
  TFile file(path, "RECREATE");
  TTree tree("CollectionTree", "CollectionTree");
  const char *ranges[] = {"", "[0,0,2]", "[0,0,14]", "[0,0,15]", "[0,0,20]", "[0,0,0]", "[-1,1]",
    "[-1,1,32]", "[-pi,pi,31]", "[0,100,2]", "[-3, 2*pi, 8]", "[-pi/2,twopi,16]"};
  Double32_t reals[20];
  Float16_t halves[20];
  Double32_t many_reals[5];
  Float16_t many_halves[5];
  std::vector<float> pt;
  int n;
  for (int i = 0; i < 12; i++) {
    tree.Branch(Form("EventInfoAuxDyn.d%d", i), &reals[i], Form("d%d/d%s", i, ranges[i]));
    tree.Branch(Form("EventInfoAuxDyn.f%d", i), &halves[i], Form("f%d/f%s", i, ranges[i]));
  }
  tree.Branch("EventInfoAuxDyn.nn", &n, "nn/I");
  tree.Branch("XAuxDyn.pt", &pt);
  tree.Branch("XAuxDyn.d", many_reals, "d[nn]/d");
  tree.Branch("XAuxDyn.d_range", many_reals, "d_range[nn]/d[0,10,12]");
  tree.Branch("XAuxDyn.f", many_halves, "f[nn]/f");
  tree.Branch("XAuxDyn.f_range", many_halves, "f_range[nn]/f[0,10,12]");
  tree.Branch("XAuxDyn.fixed", many_reals, "fixed[5]/d[0,10,12]");
  std::vector<Double32_t> reals_of_jet;
  std::vector<Float16_t> halves_of_jet;
  void *places[] = {&reals_of_jet, &halves_of_jet};
  tree.Branch("XAuxDyn.vector_d", "vector<Double32_t>", &places[0]);
  tree.Branch("XAuxDyn.vector_f", "vector<Float16_t>", &places[1]);
  const double values[] = {0, -0., 1, -1, 0.3, -0.7, 1e-30, -1e-30, 1e30, -1e30, 3.14159, -3.14159,
    99.9, 0.999999999, -0.999999999, 1e-40, -2.5, 65504, -1e-3, 7.7};
  for (int i = 0; i < 20; i++) {
    std::fill(reals, reals + 20, values[i]);
    std::fill(halves, halves + 20, values[i]);
    n = i % 3;
    pt.assign(n, 30000 + i);
    reals_of_jet.assign(n, 0.1 * i);
    halves_of_jet.assign(n, 0.1 * i);
    for (int k = 0; k < 5; k++)
      many_reals[k] = many_halves[k] = 0.3 * i + 0.1 * k;
    tree.Fill();
  }
  tree.Write();
}

template <class V>
void print(std::ostream &out, const V &value) {
  if constexpr (std::is_floating_point_v<V>)
    out << std::setprecision(17) << double(value);
  else if constexpr (std::is_enum_v<V> || sizeof(V) < 4)
    out << int(value);
  else
    out << value;
}

template <class T>
std::string numbers(const std::string &file, const std::string &name) {
  auto reader = ROOT::RNTupleReader::Open("EventData", file);
  auto view = reader->GetView<T>(name);
  std::ostringstream out;
  for (auto event : reader->GetEntryRange()) {
    out << (event ? ",[" : "[[");
    print(out, view(event));
    out << "]";
  }
  return out.str() + "]";
}

template <class T>
std::string vectors(const std::string &file, const std::string &name) {
  auto reader = ROOT::RNTupleReader::Open("EventData", file);
  auto view = reader->GetView<std::vector<T>>(name);
  std::ostringstream out;
  for (auto event : reader->GetEntryRange()) {
    out << (event ? ",[" : "[[");
    bool first = true;
    for (T value : view(event)) {
      out << (first ? "" : ",");
      print(out, value);
      first = false;
    }
    out << "]";
  }
  return out.str() + "]";
}

std::string fields(const std::string &file) {
  auto reader = ROOT::RNTupleReader::Open("EventData", file);
  std::string result;
  for (const auto &field : reader->GetDescriptor().GetTopLevelFields())
    result += field.GetFieldName() + " " + field.GetTypeName() + "\\n";
  return result;
}
""")

NUMBERS = {"bool", "char", "float", "double", "Quality"} | {
    f"std::{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def read_ntuple(path: str) -> dict[str, Any]:
    """Read all numbers of an RNTuple with RNTupleReader."""
    result: dict[str, Any] = {}
    for line in str(ROOT.fields(path)).splitlines():
        name, kind = line.split(" ", 1)
        element = kind.removeprefix("std::vector<").removesuffix(">")
        result[name] = None
        if kind in NUMBERS:
            result[name] = json.loads(str(ROOT.numbers[kind](path, name)))
        elif kind == "std::atomic<std::int32_t>":
            result[name] = [[0]] * N_EVENTS  # as written
        elif kind.startswith("std::vector<") and element in NUMBERS:
            result[name] = json.loads(str(ROOT.vectors[element](path, name)))
    return result


def read_tree(path: str) -> dict[str, Any]:
    """Read all numbers of a TTree with TTree::Draw."""
    file = ROOT.TFile(path)
    tree = file.Get("CollectionTree")
    result: dict[str, Any] = {}
    for branch in tree.GetListOfBranches():
        name = branch.GetName()
        n = tree.Draw(f"Entry$:{name}", "", "goff")
        events: list[list[float]] = [[] for _ in range(int(tree.GetEntries()))]
        for i in range(n):
            events[int(tree.GetV1()[i])].append(tree.GetV2()[i])
        result[name] = None if name == "XAuxDyn.fixed" else events
    return result


def merge(target: Path, parts: list[Path]) -> None:
    """Put files together as `hadd` does; parts may have variables that the first lacks."""
    merger = ROOT.TFileMerger(False)
    merger.OutputFile(str(target), "RECREATE")
    merger.SetMergeOptions(ROOT.TString("rntuple.MergingMode=Union"))
    for part in parts:
        merger.AddFile(str(part))
    assert merger.Merge()
    for part in parts:
        part.unlink()


if __name__ == "__main__":
    folder = HERE / "fixtures"
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # where ROOT compiles
        for element in ("Double32_t", "Float16_t"):
            ROOT.gInterpreter.GenerateDictionary(f"vector<{element}>", "vector")
        os.chdir(HERE)
    #                       first, then where jets, mu and weights enter, and events in a cluster
    ROOT.write_late(str(folder / "late.root"), ROOT.Late(0, 7, 10, 13, 5), N_EVENTS, 0, 101)
    ROOT.write_late(str(folder / "late_pages.root"), ROOT.Late(0, 33, 70, 50, 60), 100, 32, 0)
    parts = [folder / f"part{i}.root" for i in range(3)]
    for part, late in zip(
        parts, [(0, -1, -1, -1, 4), (10, 2, 6, 3, 4), (20, 4, 4, 4, 100)], strict=True
    ):
        ROOT.write_late(str(part), ROOT.Late(*late), 10, 0, 505)
    merge(folder / "late_merged.root", parts)
    ROOT.write_numbers(str(folder / "numbers.root"))
    ROOT.write_packed(str(folder / "packed.root"))
    names = ["late.root", "late_merged.root", "late_pages.root", "numbers.root"]
    found = {name: read_ntuple(str(folder / name)) for name in names}
    found["packed.root"] = read_tree(str(folder / "packed.root"))
    text = json.dumps(found, separators=(",", ":")).replace('],"', '],\n"')
    (HERE / "references" / "storage.json").write_text(text + "\n")
