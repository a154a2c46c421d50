"""Merge copies of a ROOT file without unpacking its baskets.

Run by the benchmarks with ROOT's Python: `merge.py OUTPUT COPIES INPUT`.
"""

import sys

import ROOT

output, copies, source = sys.argv[1:]
merger = ROOT.TFileMerger(False)
merger.SetFastMethod(True)
merger.OutputFile(output, "RECREATE", 101)  # compressed as the original
for _ in range(int(copies)):
    merger.AddFile(source, False)
sys.exit(not merger.Merge())
