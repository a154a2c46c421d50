"""dump-xaod: from ATLAS derivations (DAOD) to one flat HDF5 dataset of jets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dumpxaod.errors import exit_code, leave

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

PROGRAM = "dump-xaod"


def main(argv: Sequence[str] | None = None) -> int:
    """Run dump-xaod.

    Parameters
    ----------
    argv
        The arguments; None for those of the command line.

    Returns
    -------
    int
        As of `errors.exit_code`.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    return exit_code(lambda: _run(words), PROGRAM)


def program() -> None:
    """Run dump-xaod as a program of its own: end the process with the exit code."""
    leave(main())


def _run(words: Sequence[str]) -> None:
    from dumpxaod.cli import parse
    from dumpxaod.terminal import wrapped

    print(wrapped(summary(parse(words), words)))


def summary(args: argparse.Namespace, words: Sequence[str]) -> str:
    """Do what the command line says.

    Parameters
    ----------
    args
        From `cli.parse`.
    words
        The command line, for the record.

    Returns
    -------
    str
        A summary for people.
    """
    import os
    import shlex

    from dumpxaod.files.names import absolute, expand, require_files
    from dumpxaod.options import DumpOptions

    daods = expand(args.daods)
    if not (args.skip_bad_files or args.dask):
        require_files(daods)  # before anything slow
    # NumPy's linear algebra would start a thread per core, for which there is no work here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from functools import partial

    from dumpxaod.dump import Input, dump, dump_file
    from dumpxaod.hdf5.jet_writer import JetWriter
    from dumpxaod.hdf5.new_file import check_output
    from dumpxaod.jet_classifier import JetClassifier

    output, nn_file = args.output, args.nn_file
    if args.dask and args.dask != "local":  # its machines have other working folders
        daods = [absolute(name) for name in daods]
        output, nn_file = output.absolute(), nn_file and nn_file.absolute()
    inputs = _inputs(args, daods)
    check_output(output, inputs)
    options = DumpOptions(
        collection=args.collection,
        variables=tuple(args.variables) or None,
        nn_file=nn_file,
        max_events=args.max_events,
        min_pt=args.min_pt,
        max_abs_eta=args.max_abs_eta,
        tracks=args.tracks,
        track_variables=tuple(args.track_variables) or None,
        track_association=args.track_association,
        track_selection=args.track_selection or DumpOptions.track_selection,
    )
    if nn_file:
        JetClassifier(nn_file)  # now: a bad network must not be skipped as a bad file
    command = shlex.join([PROGRAM, *words])
    if (args.jobs or 1) == 1 and args.merge and not args.dask and not args.resume:
        return dump(
            [Input(path, partial(dump_file, path)) for path in daods],
            JetWriter(output, inputs=inputs),
            options,
            skip_bad_files=args.skip_bad_files,
            command=command,
        )
    from dumpxaod.parallel.part_files import Layout
    from dumpxaod.parallel.parts import dump_in_parts

    return dump_in_parts(
        daods,
        options,
        Layout(output, args.merge, args.resume),
        jobs=args.jobs,
        dask=args.dask,
        skip_bad_files=args.skip_bad_files,
        command=command,
        inputs=inputs,
    )


def _inputs(args: argparse.Namespace, daods: Sequence[str]) -> list[Path]:
    """List the files that are read, which must not be replaced."""
    from pathlib import Path

    from dumpxaod.files.names import LIST, is_remote

    lists = [name.removeprefix(LIST) for name in args.daods if name.startswith(LIST)]
    networks = [args.nn_file] if args.nn_file else []
    return [Path(name) for name in [*daods, *lists, *networks] if not is_remote(str(name))]


if __name__ == "__main__":
    program()
