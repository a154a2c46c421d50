"""dump-xaod: from ATLAS derivations (DAOD) to one flat HDF5 dataset of jets."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from .arguments import parse
from .errors import exit_code, leave
from .inputs import absolute, expand, require_files
from .recipe import Recipe

PROGRAM = "dump-xaod"


def summary(args: argparse.Namespace, words: Sequence[str]) -> str:
    """Do what the command line says.

    Parameters
    ----------
    args
        From `arguments.parse`.
    words
        The command line, for the record.

    Returns
    -------
    str
        A summary for people.
    """
    daods = expand(args.daods)
    if not (args.skip_bad_files or args.dask):
        require_files(daods)  # before anything slow
    # NumPy's linear algebra would start a thread a core, for which there is no work here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from .dump import dump
    from .jet_classifier import JetClassifier
    from .jet_writer import JetWriter

    if args.dask and args.dask != "local":  # its machines have other working folders
        daods = [absolute(name) for name in daods]
        args.output, args.nn_file = args.output.absolute(), args.nn_file and args.nn_file.absolute()
    recipe = Recipe(
        collection=args.collection,
        variables=tuple(args.variables) or None,
        nn_file=args.nn_file,
        max_events=args.max_events,
        min_pt=args.min_pt,
        max_abs_eta=args.max_abs_eta,
    )
    if recipe.nn_file:
        JetClassifier(recipe.nn_file)  # a mistake in it is no derivation's fault
    options = {"skip_bad_files": args.skip_bad_files, "command": shlex.join([PROGRAM, *words])}
    if (args.jobs or 1) == 1 and args.merge and not args.dask and not args.resume:
        return dump(daods, JetWriter(args.output), recipe, **options)
    from .part_layout import Layout
    from .parts import dump_in_parts

    layout = Layout(args.output, args.merge, args.resume)
    return dump_in_parts(daods, recipe, layout, jobs=args.jobs, dask=args.dask, **options)


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
    return exit_code(lambda: print(summary(parse(words), words)), PROGRAM)


def program() -> None:
    """Run dump-xaod as a program of its own: end the process with the exit code."""
    leave(main())
