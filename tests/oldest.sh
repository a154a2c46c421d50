#!/usr/bin/env bash
# Run the tests that matter with the oldest packages that pyproject.toml allows, side by side:
#   tests/oldest.sh [PYTHON]
set -euo pipefail
python=${1:-python3}
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The floors of extras, as constraints: numpy>=1.24 becomes numpy==1.24.*, the last of that series.
floors() { # EXTRA,...
    "$python" - "$1" <<'END'
import re, sys
text = open("pyproject.toml").read()
of_all = re.search(r"^dependencies = \[(.*?)\]", text, re.M | re.S)[1]
of_extras = [
    re.search(rf"^{extra} = \[(.*?)\]", text, re.M | re.S)[1] for extra in sys.argv[1].split(",")
]
floors = dict(re.findall(r'"([\w-]+)>=([\w.]+)"', ", ".join([of_all, *of_extras])))
print(*(f"{name}=={version}.*" for name, version in floors.items()), sep="\n")
END
}

check() { # EXTRA,... TEST...
    local extra=$1 bin=$scratch/$1/bin
    shift
    "$python" -m venv "$scratch/$extra"
    floors "$extra" >"$scratch/$extra.txt"
    echo 'pyparsing<3.2' >>"$scratch/$extra.txt" # newer ones warn of what old matplotlib calls
    "$bin/python" -m pip install --quiet --constraint "$scratch/$extra.txt" --editable ".[$extra]" \
        hypothesis onnxruntime pytest pytest-xdist scikit-learn scipy
    echo "== $extra: $(paste -s -d ' ' "$scratch/$extra.txt")"
    # TensorFlow 2.16 crashes when a process of pytest ends, which is a worker's here. Another
    # matplotlib draws other pixels.
    "$bin/pytest" -q --numprocesses 1 -k "not reference_picture" "$@"
}

check local,filters,onnx tests/btagging tests/test_make_hist.py tests/test_make_roc_curves.py \
    tests/test_train_nn.py tests/test_validate.py
# uproot writes the sample, and the inputs of most tests, from 5.6.1 on.
check atlas tests/dumpxaod/test_dump_reference.py tests/dumpxaod/test_tracks_reference.py \
    tests/dumpxaod/test_lwtnn.py
