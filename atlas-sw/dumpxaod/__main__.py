"""dump-xaod: from ATLAS derivations (DAOD) to one flat HDF5 dataset of jets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dumpxaod.errors import exit_code, leave

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from dumpxaod.options import DumpOptions

PROGRAM = "dump-xaod"


def main(argv: Sequence[str] | None = None) -> int:
    """Run dump-xaod and return its exit code; without `argv`, read the command line."""
    words = sys.argv[1:] if argv is None else list(argv)
    return exit_code(lambda: _run(words), PROGRAM)


def program() -> None:
    """Run dump-xaod and end the process with its exit code."""
    leave(main())


def _run(words: Sequence[str]) -> None:
    from dumpxaod.cli import parse
    from dumpxaod.terminal import wrapped

    print(wrapped(summary(parse(words), words)))


def summary(args: argparse.Namespace, words: Sequence[str]) -> str:
    """Do what the parsed arguments say, and return a summary for people.

    Parameters
    ----------
    words
        The command line, which the output records.
    """
    import os
    import shlex

    from dumpxaod.files.names import absolute, expand, require_files

    daods = expand(args.daods)
    if not (args.skip_bad_files or args.dask):
        require_files(daods)  # before the slow imports
    # NumPy's linear algebra would start a thread per core, which is not needed here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from functools import partial

    from dumpxaod.dump import Input, dump, dump_file
    from dumpxaod.hdf5.jet_writer import JetWriter
    from dumpxaod.hdf5.new_file import check_output
    from dumpxaod.jet_classifier import JetClassifier

    if args.dask and args.dask != "local":  # its machines have other working folders
        daods = [absolute(name) for name in daods]
        args.output = args.output.absolute()
        args.nn_file = args.nn_file and args.nn_file.absolute()
    inputs = _inputs(args, daods)
    check_output(args.output, inputs)
    if args.nn_file:
        JetClassifier(args.nn_file)  # load it now: a bad network must not be skipped as a bad file
    options = _options(args)
    command = shlex.join([PROGRAM, *words])
    if (args.jobs or 1) == 1 and args.merge and not args.dask and not args.resume:
        return dump(
            [Input(path, partial(dump_file, path)) for path in daods],
            JetWriter(args.output, inputs=inputs),
            options,
            skip_bad_files=args.skip_bad_files,
            command=command,
        )
    from dumpxaod.parallel.part_files import Layout
    from dumpxaod.parallel.parts import dump_in_parts

    return dump_in_parts(
        daods,
        options,
        Layout(args.output, args.merge, args.resume),
        jobs=args.jobs,
        dask=args.dask,
        skip_bad_files=args.skip_bad_files,
        command=command,
        inputs=inputs,
    )


def _options(args: argparse.Namespace) -> DumpOptions:
    from dumpxaod.options import DumpOptions

    return DumpOptions(
        collection=args.collection,
        variables=tuple(args.variables) or None,
        nn_file=args.nn_file,
        max_events=args.max_events,
        min_pt=args.min_pt,
        max_abs_eta=args.max_abs_eta,
        tracks=args.tracks,
        track_variables=tuple(args.track_variables) or None,
        track_association=args.track_association,
        track_selection=args.track_selection or DumpOptions.track_selection,
    )


def _inputs(args: argparse.Namespace, daods: Sequence[str]) -> list[Path]:
    """List the local files that are read, which must not be overwritten."""
    from pathlib import Path

    from dumpxaod.files.names import LIST, is_remote

    lists = [name.removeprefix(LIST) for name in args.daods if name.startswith(LIST)]
    networks = [args.nn_file] if args.nn_file else []
    return [Path(name) for name in [*daods, *lists, *networks] if not is_remote(str(name))]


if __name__ == "__main__":
    program()
