#!/usr/bin/env bash
# Dump a whole dataset on the grid, with prun: a file of jets for every few derivations.
set -eu

usage() {
    cat <<END
usage: submit-to-grid.sh [-o OUTDS] [-g GB] [--dry-run] DATASET [DUMP-XAOD OPTION ...]

  -o OUTDS    name of the output dataset, by default user.NAME.DSID.jets
  -g GB       input a job, by default 20
  --dry-run   only print the command; without a grid proxy that is all it does

Afterwards: rucio get OUTDS_output.h5, and give all its files to the scripts of local-sw.
END
}

fail() {
    echo "submit-to-grid.sh: error: $1" >&2
    exit 2
}

output=
gigabytes=20
dry_run=
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit ;;
        -o) [ $# -gt 1 ] || fail "-o needs the name of a dataset"; output=$2; shift ;;
        -g) [ $# -gt 1 ] || fail "-g needs a number"; gigabytes=$2; shift ;;
        --dry-run) dry_run=yes ;;
        -*) fail "unknown option $1; those of dump-xaod come after the dataset" ;;
        *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || fail "name a dataset; --help tells more"
case $gigabytes in '' | *[!0-9]*) fail "-g needs a number, not $gigabytes" ;; esac

dataset=$1
shift
# The number stands second in mc16_13TeV.410470.PhPy8EG...; a scope may stand before.
number=$(echo "${dataset#*:}" | cut -d. -f2)
output=${output:-user.${RUCIO_ACCOUNT:-${USER:-$(id -un)}}.$number.jets}

options=
for option in "$@"; do
    options+=" $(printf %q "$option")"
done
# prun puts the names of the input files, with commas between them, in the place of %IN.
# shellcheck disable=SC2016 # to be evaluated there, not here
dump='source ./setup.sh && dump-xaod -o output.h5 $(echo %IN | tr , " ")'
command=(
    prun --inDS "$dataset" --outDS "$output" --outputs output.h5
    --nGBPerJob "$gigabytes" --noBuild --exec "$dump$options"
)

cd "$(dirname "${BASH_SOURCE[0]}")" # prun sends the folder that it runs in
if [ -z "$dry_run" ] && ! voms-proxy-info -exists >/dev/null 2>&1; then
    echo "There is no valid grid proxy (voms-proxy-init -voms atlas). This would be submitted:"
    dry_run=yes
fi
if [ -n "$dry_run" ]; then
    echo "cd $(printf %q "$PWD")"
    printf '%q ' "${command[@]}"
    echo
else
    command -v prun >/dev/null || fail "prun is not on the PATH (lsetup panda)"
    exec "${command[@]}"
fi
