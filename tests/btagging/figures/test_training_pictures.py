"""The pictures of a training and of a validation say how sure they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from btagging.figures.loss import draw_loss, with_error
from btagging.figures.validation import draw_differences
from btagging.inputs import prepare
from btagging.jets.stream import Jets, open_jets
from btagging.network import network
from btagging.performance.validation import Comparison
from btagging.training.best_epoch import held_out_error
from networks import write


@pytest.fixture
def jets(tmp_path: Path) -> Jets:
    return open_jets([toy.write(tmp_path / "a.h5", toy.jets(1000))])


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.41452, 0.00447, "0.4145 ± 0.0045"),
        (0.41452, 0.0996, "0.41 ± 0.10"),
        (0.41452, 0.0000123, "0.414520 ± 0.000012"),
        (12.3, 45.0, "12 ± 45"),
        (0.41452, 0.0, "0.4145"),
        (0.41452, np.nan, "0.4145"),
    ],
)
def test_digits_as_the_error_allows(value: float, error: float, shown: str) -> None:
    assert with_error(value, error) == shown


def test_the_error_of_the_held_out_cross_entropy(tmp_path: Path, jets: Jets) -> None:
    """The standard deviation over the square root of the number of jets."""
    trained = network.load(*write(tmp_path / "model"))
    (batch,) = jets.batches(jets.fields)
    values = prepare(trained.inputs, batch).astype(np.float32)
    flavours = np.arange(1000, dtype=np.uint8) % 3
    likely = np.maximum(trained.scores(batch)[range(1000), flavours], 1e-7)  # as in Keras
    expected = np.std(np.log(likely)) / np.sqrt(1000)
    assert held_out_error(trained, values, flavours) == pytest.approx(expected, rel=1e-5)


def test_the_kept_epoch_has_an_error_bar(jets: Jets) -> None:
    history = {"loss": [0.6, 0.5, 0.4], "val_loss": [0.6, 0.5, 0.7]}
    panel: Any = draw_loss(jets, [4, 5, 6], history, 0.02).axes[0]
    legend = [text.get_text() for text in panel.get_legend().get_texts()]
    assert legend[1] == "held-out jets, 0.500 ± 0.020 in epoch 2, which is kept"
    (bar,) = (container for container in panel.containers if container.has_yerr)
    (segment,) = bar[2][0].get_segments()
    np.testing.assert_allclose(segment, [[2, 0.48], [2, 0.52]])
    assert panel.get_xlabel() == "epoch"


def drawn(jets: Jets, *differences: float) -> tuple[list[str], tuple[float, float]]:
    """Draw a validation; its legend, and the range of the differences."""
    compared = Comparison(("pb",))
    compared.add(np.array(differences)[:, np.newaxis], np.zeros((len(differences), 1)))
    panel: Any = draw_differences(jets, compared, 1e-5).axes[0]
    return [text.get_text() for text in panel.get_legend().get_texts()], panel.get_xlim()


def test_the_largest_difference_is_in_the_picture(jets: Jets) -> None:
    """However few jets have it; and no part of the picture is empty."""
    legend, (low, high) = drawn(jets, *[1e-8] * 1000, 0.03)
    assert legend == ["$p_b$", "largest 0.03", "tolerance 1e-05"]
    assert 5e-9 < low <= 1e-8
    assert 0.03 < high <= 0.12
    legend, (low, high) = drawn(jets, 1e-8, 2e-8)
    assert 1e-5 < high <= 4e-5


def test_no_number_is_the_largest_of_all(jets: Jets) -> None:
    legend, _ = drawn(jets, 1e-8, np.nan)
    assert [text for text in legend if re.match("largest", text)] == ["largest inf"]
