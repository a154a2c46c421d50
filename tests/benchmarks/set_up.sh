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
compile() { # SOURCE OUTPUT NEEDED OPTION...
    local source=$here/peers/$1 output=$scratch/$2 needed=$3
    shift 3
    g++ -std=c++17 -O2 "$source" -o "$output" "$@" 2>"$output.log" ||
        echo "no $(basename "$output") to compare with: it needs g++ and $needed; see $output.log" >&2
}

compile_dump() { # OUTPUT SOURCE...
    local output=$1
    shift
    compile dump.cxx "$output" libhdf5-dev "$@" -I"$here/.." -I"$here/peers" \
        -I"$root/include" -L"$root/lib" -Wl,-rpath,"$root/lib" \
        -Wl,--allow-shlib-undefined -lCore -lRIO -lTree -lTreePlayer \
        -I/usr/include/hdf5/serial -L/usr/lib/x86_64-linux-gnu/hdf5/serial -lhdf5
}

# ROOT reads links to tracks with a dictionary, with which it crashes on derivations that were not
# merged. So the one for jets has none.
compile_dump dump-cxx
"$root/bin/rootcling" -f "$scratch/links.cxx" -I"$here/.." -I"$here/peers" links.h \
    >"$scratch/links.log" 2>&1 || true
compile_dump dump-cxx-tracks "$scratch/links.cxx"
compile inflate.cxx inflate libdeflate-dev -pthread -ldeflate
