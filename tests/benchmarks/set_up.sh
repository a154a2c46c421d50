#!/usr/bin/env bash
# Install the programs that the benchmarks compare with, each kind in an environment of its own:
#   set_up.sh SCRATCH
# The C++ peers need g++ and Debian's libhdf5-dev and libdeflate-dev; without them their rows
# are left out.
set -euo pipefail
scratch=$1
here=$(cd "$(dirname "$0")" && pwd)
unset PYTHONPATH PYTHONHOME

environment() { # NAME PACKAGE...
    local folder=$scratch/$1
    shift
    if [ ! -e "$folder/complete" ]; then
        python3 -m venv "$folder"
        "$folder/bin/python" -m pip install --quiet "$@"
        touch "$folder/complete"
    fi
}

environment uproot uproot h5py
environment coffea coffea h5py
environment root --pre ROOT h5py numpy

root=$("$scratch/root/bin/python" -c 'import pathlib, sysconfig
print(pathlib.Path(sysconfig.get_paths()["purelib"]) / "ROOT")')
if g++ -std=c++17 -O2 "$here/peers/dump.cxx" -o "$scratch/dump-cxx" \
    -I"$root/include" -L"$root/lib" -Wl,-rpath,"$root/lib" \
    -Wl,--allow-shlib-undefined -lCore -lRIO -lTree -lTreePlayer \
    -I/usr/include/hdf5/serial -L/usr/lib/x86_64-linux-gnu/hdf5/serial -lhdf5; then :; else
    echo "no compiled C++ peer: it needs g++ and libhdf5-dev" >&2
fi
if g++ -std=c++17 -O2 "$here/peers/inflate.cxx" -o "$scratch/inflate" -pthread -ldeflate; then :; else
    echo "no peer for the decompression: it needs g++ and libdeflate-dev" >&2
fi
