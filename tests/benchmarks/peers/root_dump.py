"""The same with ROOT's RDataFrame, compiled just in time, and h5py. `root_dump.py OUT IN...`."""

import sys

import h5py
import numpy as np
import ROOT
from dumping import DTYPE, JET, LABEL, TAG, TAGGERS

ROOT.gErrorIgnoreLevel = ROOT.kError
output, *files = sys.argv[1:]
ROOT.gInterpreter.Declare("""
#include <cmath>
using Floats = ROOT::RVec<float>;
using Links = ROOT::RVec<unsigned int>;
struct Columns { std::vector<float> gn2, dl1d; std::vector<int> label; };

Floats log_ratio(const Floats &b, const Floats &u, const Links &tag,
                 const ROOT::RVec<int> &passed) {
  Floats result;
  for (std::size_t i = 0; i < passed.size(); ++i)
    if (passed[i]) result.push_back(std::log(double(b[tag[i]]) / u[tag[i]]));
  return result;
}
void fill(ROOT::RDF::RNode events, Columns &out) {
  events.Foreach([&out](const Floats &gn2, const Floats &dl1d, const ROOT::RVec<int> &label) {
    out.gn2.insert(out.gn2.end(), gn2.begin(), gn2.end());
    out.dl1d.insert(out.dl1d.end(), dl1d.begin(), dl1d.end());
    out.label.insert(out.label.end(), label.begin(), label.end());
  }, {"gn2", "dl1d", "label"});
}
""")

events = ROOT.RDataFrame("CollectionTree", files)
names = {"jet_pt": f"{JET}pt", "jet_eta": f"{JET}eta", "jet_label": JET + LABEL}
names["tag"] = f"{JET}btaggingLink.m_persIndex"
names |= {f"{name}_{f}": f"{TAG}{tagger}_p{f}" for name, tagger in TAGGERS.items() for f in "bu"}
for name, column in names.items():
    events = events.Alias(name, column)
events = events.Define("passed", "jet_pt > 20e3f && abs(jet_eta) < 2.5f")
for field, name in zip(TAGGERS, ("gn2", "dl1d"), strict=True):
    events = events.Define(name, f"log_ratio({field}_b, {field}_u, tag, passed)")
events = events.Define("label", "jet_label[passed]")
columns = ROOT.Columns()
ROOT.fill(ROOT.RDF.AsRNode(events), columns)

rows = np.empty(columns.label.size(), DTYPE)
for name, column in zip(rows.dtype.names, (columns.gn2, columns.dl1d, columns.label), strict=True):
    rows[name] = np.asarray(column)
with h5py.File(output, "w") as out:
    out.create_dataset("jets", data=rows, maxshape=(None,), chunks=(2048,), compression="gzip")
