"""Damaged derivations: a dump is right, or one line says what is wrong and nothing is left."""

from __future__ import annotations

from pathlib import Path

import h5py
import mini_daod
import numpy as np
import pytest
from dumpxaod.__main__ import main
from numpy.typing import NDArray

FIXTURES = Path(__file__).parents[1] / "fixtures"
REAL = ["r21_full_ttree.root", "r22_physlite_ttree.root", "r25_physlite_rntuple.root"]
N_FLIPS = 60


def dump(daod: Path, *options: str) -> NDArray[np.void] | None:
    """Dump a derivation, alone in its folder; None if the program refused it."""
    output = daod.parent / "jets.h5"
    if main(["-o", str(output), *options, str(daod)]):
        return None
    with h5py.File(output) as file:
        jets: NDArray[np.void] = file["jets"][:]
    output.unlink()
    return jets


def flipped(content: bytes, position: int, bit: int) -> bytes:
    damaged = bytearray(content)
    damaged[position] ^= 1 << bit
    return bytes(damaged)


def assert_refused(daod: Path, error: str, message: str = "") -> None:
    """Check that the error is one line on the file, or this message, and nothing is left."""
    start = f"dump-xaod: error: {daod}: "
    assert error.startswith(start)
    assert error.count("\n") == 1
    assert not message or error == f"{start}{message}\n"
    assert [path.name for path in daod.parent.iterdir()] == [daod.name]


@pytest.mark.parametrize(("name", "expected_refusals"), [("r21.root", 21), ("rntuple.root", 30)])
def test_a_flipped_bit_is_noticed_or_does_not_matter(
    name: str, expected_refusals: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Zlib's data have checksums, and so have the pages of an RNTuple."""
    daod, content = tmp_path / "in.root", (FIXTURES / name).read_bytes()
    daod.write_bytes(content)
    expected, n_refused = dump(daod), 0
    assert expected is not None
    rng = np.random.default_rng(1)
    positions, bits = rng.integers(len(content), size=N_FLIPS), rng.integers(8, size=N_FLIPS)
    for position, bit in zip(positions, bits, strict=True):
        daod.write_bytes(flipped(content, int(position), int(bit)))
        jets = dump(daod)
        error = capsys.readouterr().err
        if jets is None:
            n_refused += 1
            assert_refused(daod, error)
        else:
            assert jets.tobytes() == expected.tobytes(), f"byte {position}, bit {bit}"
    assert n_refused == expected_refusals


@pytest.mark.parametrize("name", ["physlite.root", "physlite_v01.root", "direct.root"])
def test_no_damage_gives_a_traceback(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without checksums a flipped bit may go unnoticed, but nothing falls over it."""
    daod, content = tmp_path / "in.root", (FIXTURES / name).read_bytes()
    for position in range(11, len(content), len(content) // 40):
        daod.write_bytes(flipped(content, position, position % 8))
        if dump(daod) is None:
            assert_refused(daod, capsys.readouterr().err)
    daod.write_bytes(content)
    assert dump(daod) is not None


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("direct.root", "JetsAuxDyn.pt", "JetsAuxDyn.pT", "the jets of AnalysisJets have no pt"),
        ("direct.root", "JetsAuxDyn.eta", "JetsAuxDyn.etA", "the jets of AnalysisJets have no eta"),
        (
            "direct.root",
            "AuxDyn.GN2v01_pu",
            "AuxDyn.GN2v01_xx",
            "AnalysisJets has none of rnnip_log_ratio, jf_sig, gn2_log_ratio, dl1d_log_ratio, "
            "dl1r_log_ratio; choose fields with --variables",
        ),
        (
            "direct.root",
            "TruthLabelID",
            "TruthLabelXX",
            "AnalysisJets has no HadronConeExclExtendedTruthLabelID or HadronConeExclTruthLabelID, "
            "as in data; choose fields without a label: --variables gn2_log_ratio",
        ),
        (
            "direct.root",
            "AnalysisJets",
            "AnalysisJetz",
            "none of AntiKt4EMPFlowJets, AntiKt4EMTopoJets, AnalysisJets, "
            "AntiKtVR30Rmax4Rmin02TrackJets is there; "
            "choose a collection with -c",
        ),
    ],
)
def test_renamed_branches_are_missed(
    name: str, old: str, new: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fixture is not compressed, so that a name can be changed in place."""
    daod, content = tmp_path / "in.root", (FIXTURES / name).read_bytes()
    assert old.encode() in content
    daod.write_bytes(content.replace(old.encode(), new.encode()))
    assert dump(daod) is None
    assert capsys.readouterr().err == f"dump-xaod: error: {daod}: {message}\n"


@pytest.mark.parametrize("name", ["data.root", "r21.root", "rntuple.root"])
def test_zeros_in_place_of_the_end_are_noticed(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some downloads reserve the whole size at once and stop half-way."""
    daod, content = tmp_path / "in.root", (FIXTURES / name).read_bytes()
    half = len(content) // 2
    daod.write_bytes(content[:half] + bytes(len(content) - half))
    assert dump(daod, "--variables", "pt") is None
    nothing = "has neither a TTree CollectionTree nor an RNTuple EventData (found: nothing)"
    assert_refused(daod, capsys.readouterr().err, f"{nothing}; is it a DAOD?")


@pytest.mark.parametrize("name", REAL)
def test_a_real_derivation_less_its_last_bytes_is_truncated(
    name: str, daod_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such an RNTuple may be readable nevertheless; the header knows the file's size."""
    daod, content = tmp_path / "in.root", (daod_dir / name).read_bytes()
    for lost in (1, 2048, len(content) // 2):
        daod.write_bytes(content[:-lost])
        assert dump(daod) is None
        assert capsys.readouterr().err == (
            f"dump-xaod: error: {daod}: is truncated: {len(content) - lost} of {len(content)} "
            "bytes; fetch it again\n"
        )


def test_jets_whose_links_lead_to_no_container_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daod = mini_daod.write(tmp_path / "in.root", link=[[(7, 1), (7, 0)], [(7, 0)]])
    assert dump(daod) is None
    assert_refused(
        daod,
        capsys.readouterr().err,
        "AnalysisJets has none of rnnip_log_ratio, jf_sig, gn2_log_ratio, dl1d_log_ratio, "
        "dl1r_log_ratio (its links lead to no container of this file); choose fields with "
        "--variables",
    )


def test_jets_with_null_links_only_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A skimmed file may be like that among others, but alone there is nothing to write."""
    daod = mini_daod.write(tmp_path / "in.root", link=[[(0, 0), (0, 0)], [(0, 0)]])
    assert dump(daod) is None
    assert capsys.readouterr().err == (
        "dump-xaod: error: no jets are left of 3 in 1 file: 1 fail pt > 20 GeV, |eta| < 2.5, "
        "2 have no b-tagging object\n"
    )
