"""Run a program and wait for all processes that it started, so that their cost counts too.

A process whose parent has ended becomes a child of this one (Linux: man 2 prctl).
"""

import ctypes
import os
import sys

PR_SET_CHILD_SUBREAPER = 36

ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
code = 0
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    if pid == process:
        code = os.waitstatus_to_exitcode(status)
sys.exit(code)
