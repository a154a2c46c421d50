"""Deflate: ISA-L, which is several times as fast as zlib, or zlib where it is not installed.

The other side has the same: a test compares them.
"""

from importlib import import_module
from typing import Any

# Both have the same functions, and errors of their own.
try:
    zlib: Any = import_module("isal.isal_zlib")
except ImportError:  # LCG views lack it
    zlib = import_module("zlib")
