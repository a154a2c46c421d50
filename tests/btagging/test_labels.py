"""Whatever numbers say the flavour of a jet, and wherever in a file, it is the right flavour."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import make_hist
import make_roc_curves
import numpy as np
import pytest
import toy
from btagging.errors import UserError
from btagging.flavours import NO_LABEL
from btagging.jets.stream import open_jets
from numpy.lib.recfunctions import drop_fields

EXTENDED = "HadronConeExclExtendedTruthLabelID"
CONE = "HadronConeExclTruthLabelID"
CLASSES = ("bjets", "cjets", "ujets", "taujets")  # the order in which UPP likes to write them
NUMBERS = {5: 0, 4: 1, 0: 2, 15: 3}


def labelled(values: Any, kind: Any = "i4", name: str = CONE) -> Any:
    rows = np.zeros(len(values), [("x_log_ratio", "f4"), (name, kind)])
    rows[name] = values
    rows["x_log_ratio"] = np.arange(len(values))
    return rows


def write(
    path: Path, rows: Any, *, dataset: Any = "jets", classes: Any = None, kind: Any = None
) -> Any:
    with h5py.File(path, "w") as file:
        jets = file.create_dataset(dataset, data=rows, chunks=True, compression="gzip")
        if classes is not None:
            jets.attrs.create("flavour_label", classes, dtype=kind)
    return path


def labels(path: Path, *args: Any) -> Any:
    jets = open_jets([path], *args)
    (batch,) = jets.batches([jets.label_field])
    return batch[jets.label_field]


def error(path: Path, *args: Any) -> Any:
    with pytest.raises(UserError) as caught:
        labels(path, *args)
    return str(caught.value)


@pytest.mark.parametrize("name", [EXTENDED, CONE])
@pytest.mark.parametrize("kind", ["u1", "i1", "<i2", ">i4", "i8", "u8", "f2", ">f4", "f8"])
def test_labels_of_any_type_of_numbers(tmp_path: Path, kind: Any, name: str) -> None:
    found = labels(write(tmp_path / "a.h5", labelled([5, 0, 4, 15], kind, name)))
    assert found.tolist() == [5, 0, 4, 15]
    assert found.dtype.kind in "iu"
    assert not found.flags.writeable


def test_jets_without_a_label_are_left_out_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.h5", labelled([5, 0, np.nan, 4, np.inf, 15], "f4"))
    assert labels(path).tolist() == [5, 0, NO_LABEL, 4, NO_LABEL, 15]
    make_roc_curves.main([str(path), "-o", str(tmp_path)])
    told = capsys.readouterr().out
    assert "left out jets with label none: 2\nleft out jets with label 15: 1\n" in told
    found = json.loads((tmp_path / "roc.json").read_text())
    assert found["left_out"] == {"none": 2, "15": 1}
    assert found["jets"] == {"light jets": 1, "c-jets": 1, "b-jets": 1}


@pytest.mark.parametrize(("value", "shown"), [(4.5, "4.5"), (-0.25, "-0.25"), (1e30, "1e+30")])
def test_a_number_that_is_no_label(tmp_path: Path, value: Any, shown: Any) -> None:
    path = write(tmp_path / "a.h5", labelled([5, value], "f8"))
    assert error(path) == (
        f"{path}: {CONE} is {shown} for a jet, which is no label; make the file again with whole "
        "numbers in it"
    )


def test_labels_that_are_text(tmp_path: Path) -> None:
    rows = np.zeros(3, [("x_log_ratio", "f4"), (EXTENDED, "S5")])
    path = write(tmp_path / "a.h5", rows)
    assert error(path) == (
        f"{path}: the label field {EXTENDED} in /jets is text, not numbers; make the file again "
        "with numbers in it"
    )


def upp(kind: Any = "i4", n: Any = 2000) -> Any:
    """Draw jets with the numbers of their classes as their only label."""
    rows = toy.jets(n)
    rows = rows[rows[EXTENDED] != 44]
    numbers = np.array([NUMBERS[label] for label in rows[EXTENDED].tolist()], kind)
    return with_field(drop_fields(rows, EXTENDED), "flavour_label", numbers)


def with_field(rows: Any, name: str, values: Any) -> Any:
    result = np.zeros(len(rows), [*rows.dtype.descr, (name, values.dtype)])
    for field in rows.dtype.names:
        result[field] = rows[field]
    result[name] = values
    return result


TEXT = [
    pytest.param(h5py.string_dtype(), id="variable"),
    pytest.param(h5py.string_dtype("utf-8", 10), id="utf-8"),
    pytest.param("S10", id="fixed"),
]


@pytest.mark.parametrize("text", TEXT)
@pytest.mark.parametrize("kind", ["i4", "u1", "f2"])
def test_classes_are_in_the_order_that_the_file_says(tmp_path: Path, kind: Any, text: str) -> None:
    rows = upp(kind)
    path = write(tmp_path / "a.h5", rows, classes=CLASSES, kind=text)
    expected = np.array([5, 4, 0, 15])[rows["flavour_label"].astype(int)]
    assert labels(path).tolist() == expected.tolist()


def test_a_truth_label_comes_before_a_class(tmp_path: Path) -> None:
    rows = with_field(upp(), CONE, np.full(len(upp()), 4))
    path = write(tmp_path / "a.h5", rows, classes=CLASSES)
    assert open_jets([path]).label_field == CONE
    assert open_jets([path], "jets", CLASSES).label_field == "flavour_label"


def test_each_file_has_its_own_order(tmp_path: Path) -> None:
    both = [
        write(tmp_path / "a.h5", labelled([0, 1, 2], name="flavour_label"), classes=CLASSES[:3]),
        write(tmp_path / "b.h5", labelled([0, 1, 2], name="flavour_label"), classes=CLASSES[2::-1]),
    ]
    jets = open_jets(both)
    found = [batch["flavour_label"].tolist() for batch in jets.batches(["flavour_label"])]
    assert found == [[5, 4, 0], [0, 4, 5]]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "words", [["ghostbjets", "cjets", "udjets", "taus"], ["bjets,cjets,ujets,taus"]]
)
def test_the_order_may_be_given(tmp_path: Path, words: Any, after: Any) -> None:
    """As words or as one, before the files or after them; it counts more than the file's."""
    path = write(tmp_path / "a.h5", upp(), classes=CLASSES[::-1])
    options = ["--labels", *words]
    args = [str(path), *options] if after else [*options, str(path)]
    make_roc_curves.main([*args, "-o", str(tmp_path), "--format", "png"])
    found = json.loads((tmp_path / "roc.json").read_text())
    plain = toy.jets(2000)[EXTENDED]
    assert list(found["jets"].values()) == [(plain == label).sum() for label in (0, 4, 5)]
    assert found["left_out"] == {"15": (plain == 15).sum()}


def test_nothing_says_what_the_classes_are(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", upp())
    assert error(path) == (
        f"{path}: flavour_label is the number of a class, but the file does not say of which; say "
        "it with --labels, as in --labels bjets cjets ujets"
    )


def test_more_numbers_than_classes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", labelled([0, 5, 4], name="flavour_label"), classes=CLASSES)
    assert error(path) == (
        f"{path}: flavour_label is 5 for a jet, but there are only the classes 0 to 3; say which "
        "they are with --labels"
    )


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        (
            ["hbb", "hcc", "top", "qcd"],
            "hbb, a class of flavour_label, is none of the classes known",
        ),
        (["bjets", "bjets"], "bjets, a class of flavour_label, is there twice"),
    ],
)
def test_classes_that_mean_nothing_here(tmp_path: Path, classes: Any, reason: Any) -> None:
    path = write(tmp_path / "a.h5", upp(), classes=classes)
    assert error(path).startswith(f"{path}: {reason}")
    assert error(path).endswith("; say which they are with --labels")


@pytest.mark.parametrize("value", [3, "bjets", [1, 2], [["bjets"]], ["bjets"] * 1001], ids=str)
def test_an_attribute_that_is_no_list_of_names(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["jets"] = upp(n=10)
        file["jets"].attrs["flavour_label"] = value
    assert error(path) == (
        f"{path}: the file is damaged (its attribute 'flavour_label' is no list of names); copy or "
        "make it again"
    )


def test_labels_without_their_field(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", labelled([5, 0]))
    assert error(path, "jets", ("bjets", "ujets")) == (
        f"{path}: no label field flavour_label in /jets, so the flavours are unknown; use "
        "simulated jets"
    )


@pytest.mark.parametrize("name", ["muon_jets", "/muon_jets", "a/b/jets"])
def test_another_dataset(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Attributes, rows and messages are those of the dataset that was named."""
    path = write(tmp_path / "a.h5", toy.jets(3000), dataset=name)
    with h5py.File(path, "r+") as file:
        file[name].attrs.update({"kind": "synthetic", "sample": "toy"})
    make_hist.main([str(path), "--dataset", name, "-o", str(tmp_path), "--format", "png"])
    assert capsys.readouterr().out.startswith("read 3,000 jets (synthetic: toy)\n")
    with pytest.raises(UserError) as caught:
        next(open_jets([path], name.strip("/")).batches(["x"]))
    assert f"no field 'x' in /{name.strip('/')}, which has:" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("jets", "/nowhere", "a link to /nowhere, where nothing is; make the file again"),
        ("jets", "/jets", "a link to /jets, where nothing is; make the file again"),
        ("group/jets", "gone", "a link to gone, where nothing is; make the file again"),
    ],
)
def test_a_link_to_nothing(tmp_path: Path, name: str, target: Any, reason: Any) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file[name] = h5py.SoftLink(target)
    assert error(path, name) == f"{path}: /{name} is {reason}"


def test_a_link_to_a_file_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["jets"] = h5py.ExternalLink("b.h5", "/jets")
    assert error(path) == (
        f"{path}: /jets is a link to /jets in b.h5, which is not there or cannot be opened; put "
        "that file back"
    )


def test_a_link_that_leads_to_jets(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["here"] = labelled([5, 0, 4])
        file["jets"] = h5py.SoftLink("/here")
    assert labels(tmp_path / "a.h5").tolist() == [5, 0, 4]


def test_a_link_into_another_file(tmp_path: Path) -> None:
    """Its attributes, such as that the jets are synthetic, would not be seen."""
    other = toy.write(tmp_path / "b.h5", toy.jets(3000))
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["jets"] = h5py.ExternalLink("b.h5", "/jets")
    assert error(path) == f"{path}: /jets is a link into another file; name that file: {other}"


def test_an_empty_name_of_a_dataset(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", labelled([5, 0]))
    with pytest.raises(UserError) as caught:
        make_hist.main([str(path), "--dataset", "/"])
    assert str(caught.value) == ("--dataset: the name is empty; name one, or leave --dataset out")
