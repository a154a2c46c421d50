"""Run a program and print last its wall time, processor time (s) and peak memory (MB).

A program starts as a copy of the one that starts it, whose memory counts in its peak: this one is
small, while the benchmarks have loaded much. It waits for all that the program has started, too: on
Linux a process whose parent has ended becomes a child of this one (man 2 prctl).
"""

import ctypes
import os
import sys
import time

PR_SET_CHILD_SUBREAPER = 36

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
start = time.perf_counter()
program = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
code, cpu, memory = 0, 0.0, 0
while True:
    try:
        process, status, usage = os.wait4(-1, 0)
    except ChildProcessError:
        break
    if process == program:
        code = os.waitstatus_to_exitcode(status)
    cpu += usage.ru_utime + usage.ru_stime
    memory = max(memory, usage.ru_maxrss)
print(f"\n{time.perf_counter() - start} {cpu} {memory / 1024}")
sys.exit(code)
