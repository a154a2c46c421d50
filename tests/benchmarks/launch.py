"""Run a program and print last its wall time, processor time (s) and peak memory (MB).

A program starts as a copy of the one that starts it, whose memory counts in its peak: this one is
small, while the benchmarks have loaded much.
"""

import os
import sys
import time

start = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - start
print(f"\n{wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss / 1024}")
sys.exit(os.waitstatus_to_exitcode(status))
