// The same as a compiled loop over the events: dump-cxx OUT IN...
#include <TChain.h>
#include <TError.h>
#include <TTreeReader.h>
#include <TTreeReaderArray.h>
#include <TTreeReaderValue.h>
#include <cmath>
#include <hdf5.h>
#include <vector>

struct Row { float gn2, dl1d; int label; };

int main(int argc, char **argv) {
  gErrorIgnoreLevel = kError;
  TChain chain("CollectionTree");
  for (int i = 2; i < argc; ++i) chain.Add(argv[i]);
  TTreeReader reader(&chain);
  const std::string jet = "AnalysisJetsAuxDyn.", tag = "BTagging_AntiKt4EMPFlowAuxDyn.";
  const std::string label_name = "HadronConeExclExtendedTruthLabelID";
  using Floats = TTreeReaderValue<std::vector<float>>;
  Floats pt(reader, (jet + "pt").c_str()), eta(reader, (jet + "eta").c_str());
  TTreeReaderValue<std::vector<int>> label(reader, (jet + label_name).c_str());
  TTreeReaderArray<unsigned int> link(reader, (jet + "btaggingLink.m_persIndex").c_str());
  Floats gn2_b(reader, (tag + "GN2v00_pb").c_str()), gn2_u(reader, (tag + "GN2v00_pu").c_str());
  Floats dl1d_b(reader, (tag + "DL1dv01_pb").c_str()), dl1d_u(reader, (tag + "DL1dv01_pu").c_str());

  hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(Row));
  H5Tinsert(type, "gn2_log_ratio", HOFFSET(Row, gn2), H5T_NATIVE_FLOAT);
  H5Tinsert(type, "dl1d_log_ratio", HOFFSET(Row, dl1d), H5T_NATIVE_FLOAT);
  H5Tinsert(type, label_name.c_str(), HOFFSET(Row, label), H5T_NATIVE_INT);
  hsize_t n = 0, most = H5S_UNLIMITED, chunk = 2048;
  hid_t space = H5Screate_simple(1, &n, &most), options = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(options, 1, &chunk);
  H5Pset_deflate(options, 4);
  hid_t file = H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t dataset = H5Dcreate(file, "jets", type, space, H5P_DEFAULT, options, H5P_DEFAULT);

  std::vector<Row> rows;
  auto write = [&] {
    hsize_t first = n, size = rows.size();
    n += size;
    H5Dset_extent(dataset, &n);
    hid_t there = H5Dget_space(dataset), here = H5Screate_simple(1, &size, nullptr);
    H5Sselect_hyperslab(there, H5S_SELECT_SET, &first, nullptr, &size, nullptr);
    H5Dwrite(dataset, type, here, there, H5P_DEFAULT, rows.data());
    rows.clear();
  };
  while (reader.Next()) {
    for (std::size_t i = 0; i < pt->size(); ++i) {
      if (!((*pt)[i] > 20e3f && std::abs((*eta)[i]) < 2.5f)) continue;
      const auto t = link[i];
      rows.push_back({float(std::log(double((*gn2_b)[t]) / (*gn2_u)[t])),
                      float(std::log(double((*dl1d_b)[t]) / (*dl1d_u)[t])), (*label)[i]});
    }
    if (rows.size() > 64 * chunk) write();
  }
  if (!rows.empty()) write();
  H5Dclose(dataset);
  H5Fclose(file);
}
