"""The tracks of jets by hand, for the dumpers with awkward: Athena's formulas, R22_DEFAULT."""

import awkward as ak
import numpy as np

HITS = ["Pixel", "SCT", "InnermostPixelLayer", "PixelShared", "SCTShared"]
HITS = [f"numberOf{hits}Hits" for hits in HITS]
HITS += [f"numberOf{of}{what}" for what in ("Holes", "DeadSensors") for of in ("Pixel", "SCT")]
ROW = [("valid", "?"), ("numbers", "f4", 24), ("hits", "u1", 9)]  # the bytes of 34 fields


def padded(get, passed, n_max):
    """Give rows of tracks for the jets that pass; `get(container, name)` reads a variable."""
    links = get("AnalysisJets", "GhostTrack")[passed]
    links = links[links.m_persKey != 0]
    index, n = ak.flatten(links.m_persIndex, axis=2), ak.flatten(ak.num(links, axis=2))
    jet = np.repeat(np.arange(len(n)), n)

    def track(name):
        return ak.to_numpy(ak.flatten(get("InDetTrackParticles", name)[index]))

    def of_jet(name):
        return ak.to_numpy(ak.flatten(get("AnalysisJets", name)[passed])).astype("f8")[jet]

    def of_event(values):
        return np.repeat(ak.to_numpy(values).astype("f8"), ak.num(index))

    names = ("d0", "z0", "vz", "phi", "theta", "qOverP")
    d0, z0, vz, phi, theta, q_over_p = (track(name).astype("f8") for name in names)
    x, y, xy = (of_event(get("EventInfo", f"beamPosSigma{axis}")) for axis in ("X", "Y", "XY"))
    z_vertex = get("PrimaryVertices", "z")[get("PrimaryVertices", "vertexType") == 1]
    z = z0 + vz - of_event(ak.firsts(z_vertex))
    dd, zz, pp, tt, qq = track("definingParametersCovMatrixDiag").astype("f8").T
    zt = track("definingParametersCovMatrixOffDiag")[:, 4] * np.sqrt(zz * tt)
    sin, cos, s, c = np.sin(theta), np.cos(theta), np.sin(phi), np.cos(phi)
    pt, eta, jet_eta = np.abs(sin / q_over_p), -np.log(np.tan(theta / 2)), of_jet("eta")
    deta, dphi = eta - jet_eta, (phi - of_jet("phi") + np.pi) % (2 * np.pi) - np.pi
    d0_error = np.sqrt(dd + (s * x) ** 2 - 2 * s * c * xy + (c * y) ** 2)
    z0_error = np.sqrt(sin**2 * zz + 2 * sin * z * cos * zt + (z * cos) ** 2 * tt)
    tilt = np.sinh(jet_eta) * sin - np.cos(dphi) * cos
    signed_d0 = np.copysign(d0, -d0 * np.sin(dphi) + z * sin * tilt)
    signed_z0, significance = np.copysign(z * sin, -deta * z), signed_d0 / d0_error
    numbers = [pt, eta, theta, phi, q_over_p, deta, dphi, np.hypot(deta, dphi), pt / of_jet("pt")]
    numbers += [d0, z * sin, d0_error, z0_error, d0, z0, *map(np.sqrt, (dd, zz, pp, tt, qq))]
    numbers += [signed_d0, signed_z0, significance, signed_z0 / z0_error]

    hits = np.stack([track(name) for name in HITS], axis=1)
    pixel, sct, _, pixel_shared, sct_shared, pixel_holes, sct_holes, *dead = hits.T.astype("i4")
    good = (pt > 500) & (np.abs(eta) <= 2.5) & (np.abs(d0) < 3.5) & (np.abs(z * sin) < 5)
    good &= (pixel + sct + sum(dead) >= 8) & (pixel_holes + sct_holes <= 2) & (pixel_holes <= 1)
    kept = np.flatnonzero(good & (pixel_shared + sct_shared // 2 <= 1))
    kept = kept[np.lexsort((-significance[kept], jet[kept]))]
    rank = np.arange(len(kept)) - np.searchsorted(jet[kept], jet[kept])
    kept, rank = kept[rank < n_max], rank[rank < n_max]
    rows = np.full((len(n), n_max), np.array((False, np.nan, 0), ROW))
    rows["valid"][jet[kept], rank] = True
    rows["numbers"][jet[kept], rank] = np.stack(numbers, axis=1)[kept]
    rows["hits"][jet[kept], rank] = hits[kept]
    return rows
