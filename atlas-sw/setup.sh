# shellcheck shell=bash
# Make dump-xaod work in this shell: source atlas-sw/setup.sh
#
# Where Python has uproot and h5py already, it only puts dump-xaod on the PATH. On lxplus and
# other machines with /cvmfs it takes them from an LCG view; LCG_VIEW chooses another one.

_dumpxaod_has_packages() {
    python3 -c 'import h5py, uproot' 2>/dev/null
}

_dumpxaod_setup() {
    local here view=${LCG_VIEW:-LCG_108/x86_64-el9-gcc14-opt}
    local views=${CVMFS:-/cvmfs}/sft.cern.ch/lcg/views
    here=$(cd "$(dirname "$1")" && pwd) || return 2
    if ! _dumpxaod_has_packages; then
        if [ ! -r "$views/$view/setup.sh" ]; then
            echo "setup.sh: python3 has no uproot and h5py, and there is no $views/$view" >&2
            echo "setup.sh: on lxplus, choose LCG_VIEW from: ls -d $views/LCG_*/*; elsewhere:" >&2
            echo "  python3 -m venv .venv && source .venv/bin/activate && pip install '.[atlas]'" >&2
            return 2
        fi
        # shellcheck source=/dev/null
        source "$views/$view/setup.sh"
        if ! _dumpxaod_has_packages; then
            echo "setup.sh: $view has no uproot and h5py; choose LCG_VIEW from: ls $views" >&2
            return 2
        fi
    fi
    case :$PATH: in *":$here:"*) ;; *) export PATH=$here:$PATH ;; esac
}

_dumpxaod_setup "${BASH_SOURCE[0]:-$0}" # zsh knows the file as $0
