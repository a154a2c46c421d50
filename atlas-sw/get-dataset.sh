#!/usr/bin/env bash
# Get a ttbar sample to work with: real simulation where the grid is at hand, synthetic elsewhere.
set -eu

usage() {
    cat <<END
usage: get-dataset.sh [-o FOLDER] [--rucio [DATASET] | --open-data [DSID] | --sample [N_EVENTS]]

  --rucio [DATASET]    a random file of a dataset on the grid, by default the tutorial's ttbar
  --open-data [DSID]   a file of ATLAS Open Data, for everyone, by default ttbar, 410470
  --sample [N_EVENTS]  the built-in synthetic sample
  -o FOLDER            where to put it, by default data/ of the project, or here
  -n N                 number of files of the dataset [1]
  --list               of the open data only print the addresses; dump-xaod reads them from afar

Without a choice: rucio if it is on the PATH with a valid proxy, else the synthetic sample.
PYTHON=... chooses the Python that makes the sample or asks for the open data.
END
}

fail() {
    echo "get-dataset.sh: error: $1" >&2
    exit 2
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -d "$here/dumpxaod" ]; then
    folder=$(dirname "$here")/data
    export PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}"
else # installed beside the Python that has dumpxaod
    folder=data
    PATH=$here:$PATH
fi
dataset=mc16_13TeV.410470.PhPy8EG_A14_ttbar_hdamp258p75_nonallhad.deriv.DAOD_FTAG2.e6337_e5984_s3126_r9781_r9778_p3415/
dsid=410470
n_events=
n_files=1
list=
source=

choose() {
    [ -z "$source" ] || fail "--$source and --$1 exclude each other"
    source=$1
}

while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
        -h | --help)
            usage
            exit
            ;;
        -o)
            [ $# -gt 0 ] || fail "-o needs a folder"
            folder=$1
            shift
            ;;
        -n)
            case ${1:--} in '' | *[!0-9]*) fail "-n needs a number of files" ;; esac
            n_files=$1
            shift
            ;;
        --list) list=yes ;;
        --open-data)
            choose open-data
            case ${1:--} in -*) ;; *) dsid=$1 && shift ;; esac
            ;;
        --rucio)
            choose rucio
            case ${1:--} in -*) ;; *) dataset=$1 && shift ;; esac
            ;;
        --sample)
            choose sample
            case ${1:--} in -* | *[!0-9]*) ;; *) n_events=$1 && shift ;; esac
            ;;
        *) fail "unknown argument $option; --help lists what there is" ;;
    esac
done

# Why rucio can't be used; empty if it can.
obstacle() {
    if ! command -v rucio >/dev/null; then
        echo "rucio is not on the PATH (lsetup rucio)"
    elif ! voms-proxy-info -exists >/dev/null 2>&1; then
        echo "there is no valid grid proxy (voms-proxy-init -voms atlas)"
    fi
}

get_with_rucio() {
    # Under a temporary name first: a failed download leaves nothing behind.
    partial=$(mktemp -d "$folder/.rucio.XXXXXX")
    trap 'rm -rf "$partial"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    rucio get --nrandom "$n_files" --dir "$partial" "$dataset" ||
        fail "rucio could not get $dataset; its own message is above"
    files=$(find "$partial" -type f)
    [ -n "$files" ] || fail "rucio got no file of $dataset; check the name with: rucio list-files"
    echo "$files" | while IFS= read -r file; do
        target=$folder/${file##*/}
        if [ -e "$target" ] || [ -L "$target" ]; then
            echo "$target: already exists"
        else
            mv "$file" "$target" || fail "$target: cannot be written"
            echo "$target: simulation, from $dataset"
        fi
    done
}

python=${PYTHON:-python3}

get_open_data() {
    if [ -n "$list" ]; then
        "$python" -m dumpxaod.open_data "$dsid" -n "$n_files"
    else
        "$python" -m dumpxaod.open_data "$dsid" -n "$n_files" -o "$folder"
    fi
}

make_sample() {
    "$python" -c "import uproot" 2>/dev/null ||
        fail "$python has no uproot: $python -m pip install uproot, or PYTHON=another $0"
    echo "Making the built-in synthetic sample: good for learning, not for physics."
    "$python" -m dumpxaod.sample "$folder/sample.DAOD.root" --keep-larger ${n_events:+--events "$n_events"}
}

[ -z "$list" ] || [ "$source" = open-data ] || fail "--list goes with --open-data"
mkdir -p "$folder" || fail "$folder: cannot be made; choose another folder with -o"

reason=$(obstacle)
if [ "$source" = sample ]; then
    make_sample
elif [ "$source" = open-data ]; then
    get_open_data
elif [ -z "$reason" ]; then
    get_with_rucio
elif [ "$source" = rucio ]; then
    fail "$reason; without the grid: $0 --sample"
else
    echo "Not from the grid: $reason."
    make_sample
fi
