"""The same with ROOT's RDataFrame, compiled just in time, and h5py. `root_dump.py OUT IN...`."""

import sys

import h5py
import numpy as np
import ROOT

ROOT.gErrorIgnoreLevel = ROOT.kError
output, *files = sys.argv[1:]
JET, TAG = "AnalysisJetsAuxDyn.", "BTagging_AntiKt4EMPFlowAuxDyn."
LABEL = "HadronConeExclExtendedTruthLabelID"
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
for name, column in {
    "jet_pt": f"{JET}pt",
    "jet_eta": f"{JET}eta",
    "jet_label": JET + LABEL,
    "tag": f"{JET}btaggingLink.m_persIndex",
    **{
        f"{t}_{f}": f"{TAG}{v}_p{f}"
        for t, v in (("gn2", "GN2v00"), ("dl1d", "DL1dv01"))
        for f in "bu"
    },
}.items():
    events = events.Alias(name, column)
events = events.Define("passed", "jet_pt > 20e3f && abs(jet_eta) < 2.5f")
for tagger in "gn2", "dl1d":
    events = events.Define(tagger, f"log_ratio({tagger}_b, {tagger}_u, tag, passed)")
events = events.Define("label", "jet_label[passed]")
columns = ROOT.Columns()
ROOT.fill(ROOT.RDF.AsRNode(events), columns)

rows = np.empty(
    columns.label.size(), [("gn2_log_ratio", "f4"), ("dl1d_log_ratio", "f4"), (LABEL, "i4")]
)
for name, column in zip(rows.dtype.names, (columns.gn2, columns.dl1d, columns.label), strict=True):
    rows[name] = np.asarray(column)
with h5py.File(output, "w") as out:
    out.create_dataset("jets", data=rows, maxshape=(None,), chunks=(2048,), compression="gzip")
