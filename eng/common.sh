# What the scripts of this folder share; sourced by them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/src/Harness/bin/Release/net10.0
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# fail LINE: one line on stderr, and the exit code for what cannot work here.
fail() {
    echo "$(basename "$0"): $*" >&2
    exit 2
}

need() {
    command -v "$1" >/dev/null || fail "there is no $1; $2"
}

# usage "$@": prints the comment at the head of the script if --help was asked for.
usage() {
    case ${1:-} in
    -h | --help)
        sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    esac
}

# whole NUMBER WHAT
whole() {
    [[ $1 =~ ^[0-9]+$ ]] || fail "'$1' is no $2; expected a whole number"
}

# install_packages PACKAGE...: those that are missing, with apt.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "installed already: $*"
        return
    fi
    need apt-get "install by hand: ${missing[*]}"
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        need sudo "run as root, or install by hand: ${missing[*]}"
        sudo=(sudo)
    fi
    echo "installing: ${missing[*]}"
    "${sudo[@]}" apt-get update -qq || fail "apt-get update failed"
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install ${missing[*]}"
}

# The command line of ccwfuzz, built if it is not there.
build_harness() {
    need dotnet "install the .NET 10 SDK"
    [ -x "$bin/ccwfuzz" ] && return
    echo "building ccwfuzz"
    dotnet build -c Release "$root/src/Harness" -v quiet >&2 || fail "the build failed"
}
