"""Dump one derivation as if it were many: `repeated_dump.py TIMES OUT IN`.

The dumper refuses a file that it is given twice, and many large ones would take 200 GB.
"""

import sys
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[3] / "atlas-sw"))
from dumpxaod import __main__, input_record
from dumpxaod.files import names

names._refuse_repeated = lambda paths: None
input_record.identity = lambda daod: str(uuid4())
times, output, path = sys.argv[1:]
sys.exit(__main__.main(["-o", output, *[path] * int(times)]))
