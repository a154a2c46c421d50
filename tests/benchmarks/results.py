"""The figures: compared, kept in `results.json`, and those with a target in the README's table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.pairing import Command, Cost, in_turn, medians, printed

README = Path(__file__).with_name("README.md")
TRACKED = Path(__file__).with_name("results.json")


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

    def __str__(self) -> str:
        target, met = "", ""
        if self.target is not None:
            target, met = f"{self.target:g}", "yes" if self.found <= self.target else "**no**"
        found = f"{self.found:.3g}"
        cells = (self.work, self.against, self.quantity, found, target, met, self.detail)
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Group:
    """What was measured in one go: when, on which machine, with which versions, and the rows."""

    date: str
    machine: str
    versions: Mapping[str, str]
    rows: Sequence[Row]


def compare(
    work: str,
    programs: Mapping[str, Command],
    targets: Mapping[str, float | None],
    repetitions: int,
    *,
    quantities: Sequence[str] = ("wall",),
) -> list[Row]:
    """Run "ours" and its peers in turn, and compare their medians.

    Parameters
    ----------
    work
        What they do.
    programs
        The commands by name; one is called "ours".
    targets
        The largest ratio that is wanted, for each peer; no target where there is none.
    repetitions
        As for `in_turn`.
    quantities
        Of "wall", "cpu" and "memory".
    """
    print(work)
    costs = {name: medians(runs) for name, runs in in_turn(programs, repetitions).items()}
    ours = costs.pop("ours")
    return [
        ratio(work, quantity, ours, theirs, peer=peer, target=targets.get(peer))
        for peer, theirs in costs.items()
        for quantity in quantities
    ]


def compare_printed(
    work: str,
    programs: Mapping[str, Command],
    targets: Mapping[str, float],
    repetitions: int,
    *,
    unit: str,
    quantity: str = "wall",
) -> list[Row]:
    """Compare what programs measured themselves, without their start; as `compare`."""
    print(work)
    found = {name: printed(runs) for name, runs in in_turn(programs, repetitions).items()}
    ours = found.pop("ours")
    return [
        Row(work, peer, quantity, ours / x, targets.get(peer), f"{ours:.3g} and {x:.3g} {unit}")
        for peer, x in found.items()
    ]


def ratio(
    work: str, quantity: str, ours: Cost, theirs: Cost, *, peer: str, target: float | None
) -> Row:
    """Compare two costs."""
    a, b = getattr(ours, quantity), getattr(theirs, quantity)
    unit = "MB" if quantity == "memory" else "s"
    name = {"cpu": "CPU"}.get(quantity, quantity)
    return Row(work, peer, name, a / b, target, f"{a:.3g} and {b:.3g} {unit}")


def as_table(rows: Sequence[Row]) -> str:
    """Write rows in Markdown."""
    head = ["| work | against | what | found | at most | met | |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *map(str, rows)])


def as_text(groups: Mapping[str, Group]) -> str:
    """Write for the README when and where each group was measured, and the rows with a target."""
    measured: dict[str, list[str]] = {}
    for name, group in groups.items():
        versions = ", ".join(f"{package} {version}" for package, version in group.versions.items())
        measured.setdefault(f"{group.date}, {group.machine}, {versions}", []).append(name)
    lines = [
        f"- {', '.join(f'`{n}`' for n in names)}: {where}." for where, names in measured.items()
    ]
    rows = [row for group in groups.values() for row in group.rows if row.target is not None]
    return "\n".join([*lines, "", as_table(rows)])


def load(path: Path) -> dict[str, Group]:
    """Read the figures of each group."""
    return {
        name: Group(**{**group, "rows": [Row(**row) for row in group["rows"]]})
        for name, group in json.loads(path.read_text()).items()
    }


def save(groups: Mapping[str, Group], path: Path) -> None:
    """Write the figures, one row per line."""
    texts = []
    for name, group in groups.items():
        head = json.dumps({k: v for k, v in vars(group).items() if k != "rows"})[1:-1]
        rows = ",\n".join(f"  {json.dumps(asdict(row))}" for row in group.rows)
        texts.append(f'"{name}": {{{head}, "rows": [\n{rows}\n]}}')
    path.write_text("{" + ",\n".join(texts) + "}\n")


def lost(old: Sequence[Row], new: Sequence[Row]) -> list[str]:
    """Tell which figures with a target are not among the new ones: a peer may be missing."""
    found = {(row.work, row.against, row.quantity) for row in new}
    return [
        f"'{row.work}' against '{row.against}'"
        for row in old
        if row.target is not None and (row.work, row.against, row.quantity) not in found
    ]


def write(groups: Mapping[str, Group]) -> None:
    """Write the project's own figures, and the README's table of them."""
    save(groups, TRACKED)
    README.write_text(between_marks(README.read_text(), as_text(groups)))


def between_marks(readme: str, text: str) -> str:
    """Put a text between the marks in the README."""
    return re.sub(
        r"(<!-- results -->\n).*(\n<!-- end -->)",
        lambda match: match[1] + text + match[2],
        readme,
        flags=re.DOTALL,
    )
