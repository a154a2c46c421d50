#!/usr/bin/env python3
"""Write a trained network for where it is used: lwtnn in ATLAS's C++, or ONNX."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from btagging.errors import run


def main(argv: Sequence[str] | None = None) -> None:
    """Load, check, write."""
    args = parse(argv)

    # Imported only now, to keep --help fast.
    from btagging.export import lwtnn as lwtnn_export
    from btagging.export import onnx as onnx_export
    from btagging.network import network
    from btagging.output import write_files

    # `load` also checks the network: lwtnn itself would compute with any nonsense.
    trained = network.load(args.architecture, args.weights)
    files: dict[Path, bytes] = {}

    # lwtnn reads text, and leaves transforms such as log1p to its caller.
    if args.lwtnn:
        files[args.lwtnn] = lwtnn_export.as_text(trained).encode()

    # ONNX has any layer that exists, which a larger network may need one day. `as_onnx` gives an
    # object of the onnx package, and `SerializeToString` its bytes.
    if args.onnx:
        files[args.onnx] = onnx_export.as_onnx(trained).SerializeToString()
    if args.onnx_athena:
        model = onnx_export.as_athena_onnx(trained, args.name)
        files[args.onnx_athena] = model.SerializeToString()

    # All files are written, or none. `partial` makes a function of the path alone.
    writers = {path: partial(Path.write_bytes, data=content) for path, content in files.items()}
    write_files(writers, inputs=[args.architecture, args.weights])


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; without any file to write, write lwtnn's beside the architecture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", type=Path, help="architecture.json, or model.keras")
    parser.add_argument("weights", type=Path, nargs="?", help="nn.weights.h5; not with model.keras")
    parser.add_argument("--lwtnn", type=Path, metavar="FILE", help="file to write for lwtnn")
    parser.add_argument("--onnx", type=Path, metavar="FILE", help="for any ONNX runtime")
    parser.add_argument("--onnx-athena", type=Path, metavar="FILE", help="for Athena's SaltModel")
    parser.add_argument("--name", default="nn", help="name of the model in Athena (%(default)s)")
    args = parser.parse_args(argv)
    if args.weights is None:
        if args.architecture.suffix == ".json":
            parser.error("the following arguments are required: weights")
        args.weights = args.architecture
    if not (args.lwtnn or args.onnx or args.onnx_athena):
        args.lwtnn = args.architecture.with_name("lwtnn-network.json")
    return args


if __name__ == "__main__":
    run(main)
