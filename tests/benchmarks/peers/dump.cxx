// The same as a compiled loop over the events: dump-cxx TRACKS_PER_JET OUT IN...
#include "xaod_classes.h"
#include <TChain.h>
#include <TError.h>
#include <TTreeReader.h>
#include <TTreeReaderArray.h>
#include <TTreeReaderValue.h>
#include <algorithm>
#include <cmath>
#include <hdf5.h>
#include <list>
#include <memory>
#include <vector>

struct Jet { float gn2, dl1d; int label; };
#pragma pack(push, 1)
struct Track { unsigned char valid; float numbers[24]; unsigned char hits[9]; };
#pragma pack(pop)
template <class T> using Read = TTreeReaderValue<std::vector<T>>;
using Links = std::vector<ElementLink<DataVector<xAOD::IParticle>>>;

// A dataset of rows, of `width` elements each if that is not 0.
template <class Element> struct Table {
  hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(Element)), dataset;
  hsize_t n = 0, width;
  std::vector<Element> rows;
  void create(hid_t file, const char *name, hsize_t chunk, hsize_t w = 0) {
    width = w;
    hsize_t sizes[] = {0, w}, most[] = {H5S_UNLIMITED, w}, chunks[] = {chunk, w};
    hid_t options = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(w ? 2 : 1, sizes, most);
    H5Pset_chunk(options, w ? 2 : 1, chunks);
    H5Pset_deflate(options, 4);
    dataset = H5Dcreate(file, name, type, space, H5P_DEFAULT, options, H5P_DEFAULT);
  }
  void write() {
    hsize_t first[] = {n, 0}, size[] = {rows.size() / std::max<hsize_t>(width, 1), width};
    if (!size[0]) return;
    hsize_t all[] = {n += size[0], width};
    H5Dset_extent(dataset, all);
    hid_t there = H5Dget_space(dataset), here = H5Screate_simple(width ? 2 : 1, size, nullptr);
    H5Sselect_hyperslab(there, H5S_SELECT_SET, first, nullptr, size, nullptr);
    H5Dwrite(dataset, type, here, there, H5P_DEFAULT, rows.data());
    rows.clear();
  }
};

// The variables of tracks, and Athena's formulas with them; R22_DEFAULT.
struct Tracks {
  TTreeReader &reader;
  std::string at = "InDetTrackParticlesAuxDyn.";
  template <class T> Read<T> of(const std::string &name) { return {reader, (at + name).c_str()}; }
  Read<Links> links{reader, "AnalysisJetsAuxDyn.GhostTrack"};
  Read<float> jet_phi{reader, "AnalysisJetsAuxDyn.phi"}, z{reader, "PrimaryVerticesAuxDyn.z"};
  Read<short> kind{reader, "PrimaryVerticesAuxDyn.vertexType"};
  Read<float> d0 = of<float>("d0"), z0 = of<float>("z0"), vz = of<float>("vz");
  Read<float> phi = of<float>("phi"), theta = of<float>("theta"), q_over_p = of<float>("qOverP");
  Read<std::vector<float>> variances = of<std::vector<float>>("definingParametersCovMatrixDiag");
  Read<std::vector<float>> others = of<std::vector<float>>("definingParametersCovMatrixOffDiag");
  TTreeReaderValue<float> x{reader, "EventInfoAuxDyn.beamPosSigmaX"};
  TTreeReaderValue<float> y{reader, "EventInfoAuxDyn.beamPosSigmaY"};
  TTreeReaderValue<float> xy{reader, "EventInfoAuxDyn.beamPosSigmaXY"};
  std::list<Read<unsigned char>> hits;

  Tracks(TTreeReader &r) : reader(r) {
    for (auto name : {"PixelHits", "SCTHits", "InnermostPixelLayerHits", "PixelSharedHits",
                      "SCTSharedHits", "PixelHoles", "SCTHoles", "PixelDeadSensors",
                      "SCTDeadSensors"})
      hits.emplace_back(reader, (at + "numberOf" + name).c_str());
  }
  void add(std::size_t jet, float jet_pt, float jet_eta, Table<Track> &table) {
    const double z_vertex = (*z)[std::find(kind->begin(), kind->end(), 1) - kind->begin()];
    std::vector<std::pair<double, Track>> found;
    for (auto &link : (*links)[jet]) {
      Track t{1};
      const auto i = link.m_persIndex;
      if (link.m_persKey && fill(t, i, z_vertex, jet_pt, jet_eta, (*jet_phi)[jet]))
        found.emplace_back(significance, t);
    }
    auto before = [](auto &a, auto &b) { return a.first > b.first; };
    std::stable_sort(found.begin(), found.end(), before);
    Track none{};
    std::fill_n(none.numbers, 24, NAN);
    for (std::size_t i = 0; i < table.width; ++i)
      table.rows.push_back(i < found.size() ? found[i].second : none);
  }
  double significance; // of d0, of the last track
  static double root(double x) { return std::sqrt(x); }
  bool fill(Track &track, unsigned i, double z_vertex, double jet_pt, double jet_eta,
            double jet_p) {
    const double t = (*theta)[i], p = (*phi)[i], q = (*q_over_p)[i], d = (*d0)[i];
    const double sin = std::sin(t), cos = std::cos(t), s = std::sin(p), c = std::cos(p);
    const double pt = std::abs(sin / q), eta = -std::log(std::tan(t / 2));
    const double z = double((*z0)[i]) + (*vz)[i] - z_vertex, z_sin = z * sin;
    auto *h = track.hits;
    for (auto &counts : hits) *h++ = (*counts)[i];
    h = track.hits;
    if (!(pt > 500 && std::abs(eta) <= 2.5 && std::abs(d) < 3.5 && std::abs(z_sin) < 5 &&
          h[0] + h[1] + h[7] + h[8] >= 8 && h[5] + h[6] <= 2 && h[5] <= 1 && h[3] + h[4] / 2 <= 1))
      return false;
    const auto &v = (*variances)[i];
    const double zt = (*others)[i][4] * std::sqrt(double(v[1]) * v[3]), z_cos = z * cos;
    const double deta = eta - jet_eta, dphi = std::remainder(p - jet_p, 2 * M_PI);
    const double d_error = std::sqrt(v[0] + s * s * *x * *x - 2 * s * c * *xy + c * c * *y * *y);
    const double z_variance = sin * sin * v[1] + 2 * sin * z_cos * zt + z_cos * z_cos * v[3];
    const double z_error = std::sqrt(z_variance);
    const double tilt = std::sinh(jet_eta) * sin - std::cos(dphi) * cos;
    const double signed_d0 = std::copysign(d, -d * std::sin(dphi) + z_sin * tilt);
    const double signed_z0 = std::copysign(z_sin, -deta * z);
    significance = signed_d0 / d_error;
    const double all[] = {pt, eta, t, p, q, deta, dphi, std::hypot(deta, dphi), pt / jet_pt, d,
                          z_sin, d_error, z_error, d, (*z0)[i], root(v[0]), root(v[1]),
                          root(v[2]), root(v[3]), root(v[4]), signed_d0, signed_z0,
                          significance, signed_z0 / z_error};
    std::copy(std::begin(all), std::end(all), track.numbers);
    return true;
  }
};

int main(int, char **argv) {
  gErrorIgnoreLevel = kError;
  TChain chain("CollectionTree");
  for (auto file = argv + 3; *file; ++file) chain.Add(*file);
  TTreeReader reader(&chain);
  const std::string jet = "AnalysisJetsAuxDyn.", tag = "BTagging_AntiKt4EMPFlowAuxDyn.";
  const std::string label_name = "HadronConeExclExtendedTruthLabelID";
  Read<float> pt(reader, (jet + "pt").c_str()), eta(reader, (jet + "eta").c_str());
  Read<int> label(reader, (jet + label_name).c_str());
  TTreeReaderArray<unsigned int> link(reader, (jet + "btaggingLink.m_persIndex").c_str());
  const std::string gn2 = tag + "GN2v00_p", dl1d = tag + "DL1dv01_p";
  Read<float> gn2_b(reader, (gn2 + "b").c_str()), gn2_u(reader, (gn2 + "u").c_str());
  Read<float> dl1d_b(reader, (dl1d + "b").c_str()), dl1d_u(reader, (dl1d + "u").c_str());
  const std::size_t n_tracks = std::stoul(argv[1]);
  std::unique_ptr<Tracks> tracks(n_tracks ? new Tracks(reader) : nullptr);

  hid_t file = H5Fcreate(argv[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  Table<Jet> jets;
  H5Tinsert(jets.type, "gn2_log_ratio", HOFFSET(Jet, gn2), H5T_NATIVE_FLOAT);
  H5Tinsert(jets.type, "dl1d_log_ratio", HOFFSET(Jet, dl1d), H5T_NATIVE_FLOAT);
  H5Tinsert(jets.type, label_name.c_str(), HOFFSET(Jet, label), H5T_NATIVE_INT);
  jets.create(file, "jets", 2048);
  Table<Track> table;
  const hsize_t n_numbers = 24, n_hits = 9;
  H5Tinsert(table.type, "valid", 0, H5T_NATIVE_UCHAR);
  H5Tinsert(table.type, "numbers", 1, H5Tarray_create(H5T_NATIVE_FLOAT, 1, &n_numbers));
  H5Tinsert(table.type, "hits", 97, H5Tarray_create(H5T_NATIVE_UCHAR, 1, &n_hits));
  if (tracks) table.create(file, "tracks", 256, n_tracks);
  while (reader.Next()) {
    for (std::size_t i = 0; i < pt->size(); ++i) {
      if (!((*pt)[i] > 20e3f && std::abs((*eta)[i]) < 2.5f)) continue;
      const auto t = link[i];
      jets.rows.push_back({float(std::log(double((*gn2_b)[t]) / (*gn2_u)[t])),
                           float(std::log(double((*dl1d_b)[t]) / (*dl1d_u)[t])), (*label)[i]});
      if (tracks) tracks->add(i, (*pt)[i], (*eta)[i], table);
    }
    if (jets.rows.size() > (tracks ? 1 : 64) * 2048) jets.write(), table.write();
  }
  jets.write(), table.write();
  H5Fclose(file);
}
