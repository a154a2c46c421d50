"""dump-xaod: from ATLAS derivations (DAOD) to one flat HDF5 dataset of jets."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from .arguments import parse
from .errors import UserError
from .inputs import absolute, expand, require_files
from .recipe import Recipe


def run(args: argparse.Namespace, command: str) -> str:
    """Do what the command line says.

    Parameters
    ----------
    args
        From `arguments.parse`.
    command
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
    options = {"skip_bad_files": args.skip_bad_files, "command": command}
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
        Exit code: 0, 2 after a mistake in the call or the data, 130 after Ctrl-C.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    args = parse(words)
    try:
        summary = run(args, shlex.join(["dump-xaod", *words]))
    except UserError as error:
        print(f"dump-xaod: error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(
            f"dump-xaod: error: {error.name} is missing: pip install uproot h5py", file=sys.stderr
        )
        return 2
    except KeyboardInterrupt as stop:
        print(f"dump-xaod: interrupted, {args.output} was not written{stop}", file=sys.stderr)
        return 130
    print(summary)
    return 0
