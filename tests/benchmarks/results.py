"""The rows of the table of results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pairing import Cost, in_turn, medians


@dataclass(frozen=True)
class Row:
    """One figure.

    Parameters
    ----------
    work, against
        What was done, and by whom else.
    quantity
        What was compared.
    found, target
        The figure, and what it should at most be.
    detail
        The two numbers that it is made of, or how it came about.
    """

    work: str
    against: str
    quantity: str
    found: float
    target: float | None
    detail: str

    @property
    def verdict(self) -> str:
        """Say whether the target, if any, is met."""
        return "yes" if self.target is None or self.found <= self.target else "**no**"


def compare(
    work: str,
    programs: Mapping[str, Sequence[str | Path]],
    targets: Mapping[str, float | None],
    *,
    quantity: str,
    folder: Path,
    repetitions: int,
) -> list[Row]:
    """Run "ours" and its peers in turn, and compare their medians.

    Parameters
    ----------
    work
        What they do.
    programs
        The commands by name; one is called "ours".
    targets
        The largest ratio that was wanted, a peer; None for none.
    quantity
        "wall", "cpu" or "memory".
    folder, repetitions
        As for `pairing.in_turn`.
    """
    print(work)
    costs = {name: medians(runs) for name, runs in in_turn(programs, folder, repetitions).items()}
    return [
        ratio(work, quantity, costs["ours"], costs[peer], peer=peer, target=targets.get(peer))
        for peer in programs
        if peer != "ours"
    ]


def ratio(
    work: str, quantity: str, ours: Cost, theirs: Cost, *, peer: str, target: float | None
) -> Row:
    """Compare two costs."""
    a, b = getattr(ours, quantity), getattr(theirs, quantity)
    unit = "MB" if quantity == "memory" else "s"
    name = {"cpu": "CPU"}.get(quantity, quantity)
    return Row(work, peer, name, a / b, target, f"{a:.3g} and {b:.3g} {unit}")


def as_tables(rows: Sequence[Row]) -> str:
    """Write the rows in Markdown: those that have a target, and those that are only shown."""
    lines = ["| work | against | what | found | at most | met | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        if row.target is not None:
            lines.append(
                f"| {row.work} | {row.against} | {row.quantity} | {row.found:.3g} "
                f"| {row.target:g} | {row.verdict} | {row.detail} |"
            )
    lines += ["", "And without a target:", ""]
    lines += ["| work | against | what | found | |", "|---|---|---|---|---|"]
    for row in rows:
        if row.target is None:
            lines.append(
                f"| {row.work} | {row.against} | {row.quantity} | {row.found:.3g} | {row.detail} |"
            )
    return "\n".join(lines)


def keep(rows: Iterable[Row], path: Path) -> None:
    """Append rows to a file, one JSON object a line."""
    with path.open("a") as file:
        file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)


def recall(path: Path) -> list[Row]:
    """Read the rows of a file; of a figure that was found twice, the later."""
    rows = [Row(**json.loads(line)) for line in path.read_text().splitlines()]
    return list({(row.work, row.against, row.quantity): row for row in rows}.values())
