#!/bin/sh
# Installs what is missing, and nothing else: system packages, the virtual environment, browser packages.
# Usage: scripts/set_up.sh demo|test
# "test" adds Chromium, a CJK font and the tools of `make check` to what "demo" needs.
set -eu
cd "$(dirname "$0")/.."

purpose=${1:?"usage: scripts/set_up.sh demo|test"}
venv=.venv
started=$(date +%s)

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# --- System packages: each is asked for by what it gives, so any source of it will do.

python=
for candidate in python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done

has_font() { [ -n "$(fc-list :lang=zh file 2>/dev/null)" ]; }
server_is_found() {
    # The product's own search, so that what set-up accepts is what will be used.
    reason=$("$python" -c 'from gridgis.programs import find_server; find_server()' 2>&1 | tail -n 1)
    [ -z "$reason" ]
}

missing=
need() { missing="$missing $*"; }
[ -n "$python" ] || need python3 python3-venv
[ -z "$python" ] || "$python" -c 'import venv, ensurepip' 2>/dev/null || need python3-venv
{ [ -n "$python" ] && server_is_found; } || need postgresql-postgis
if [ "$purpose" = test ]; then
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || need chromium
    has_font || need fontconfig fonts-noto-cjk
fi

can_be_root() {
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || { command -v sudo >/dev/null && [ -t 0 ]; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

install_missing() {
    command -v apt-get >/dev/null || fail "install these first (Debian's names):$missing"
    can_be_root || fail "as root, run: apt-get install --no-install-recommends$missing"
    say "installing system packages:$missing"
    # Our cluster is our own: Debian's default one must not appear because we needed the programs.
    settings=/etc/postgresql-common/createcluster.d/gridgis.conf
    # shellcheck disable=SC2016,SC2086  # the inner shell expands; a list of names
    as_root sh -eu -c '
        export DEBIAN_FRONTEND=noninteractive
        settings=$1 log=$(mktemp)
        shift
        mkdir -p "$(dirname "$settings")"
        echo "create_main_cluster = false" >"$settings"
        trap "rm -f $settings $log" EXIT
        quietly() { "$@" >"$log" 2>&1 || { tail -n 5 "$log" >&2; exit 1; }; }
        quietly apt-get -q -o DPkg::Lock::Timeout=300 update
        quietly apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
    ' install "$settings" $missing </dev/null || fail "apt-get could not install:$missing"
}

if [ -n "$missing" ]; then
    install_missing
    python=${python:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed; this system's is $("$python" --version)"
    server_is_found || fail "${reason#gridgis.errors.Unavailable: }"
fi

# --- The virtual environment, from the locked versions; again only when the lock changed.

name=base
[ "$purpose" = demo ] || name=dev
if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "making $venv"
    "$python" -m venv --clear "$venv" || fail "$python -m venv failed; install python3-venv"
fi

# The test lock holds everything of the demo's, in the same versions.
pip_install() {
    "$venv/bin/python" -m pip install --quiet --use-pep517 --disable-pip-version-check --no-input "$@" ||
        fail "pip could not install $*"
}
wanted() { cat "requirements/$1.txt" pyproject.toml | cksum; }
fits() { [ -f "$venv/.installed-$1" ] && [ "$(wanted "$1")" = "$(cat "$venv/.installed-$1")" ]; }
if ! fits dev && ! { [ "$purpose" = demo ] && fits base; }; then
    say "installing Python packages from requirements/$name.txt"
    pip_install -r "requirements/$name.txt"
    pip_install --no-deps -e .
    wanted "$name" >"$venv/.installed-$name"
fi

# --- Browser packages, by npm: the system's, or one that comes as a Python package.

PATH="$PWD/$venv/bin:$PATH"
export PATH
if ! command -v npm >/dev/null; then
    say "installing npm into $venv"
    pip_install -r requirements/npm.txt
fi
if [ "$purpose" = demo ]; then
    "$venv/bin/python" scripts/vendor.py
else
    "$venv/bin/python" scripts/vendor.py --dev
fi

took=$(($(date +%s) - started))
[ "$took" -lt 3 ] || say "set-up took $took s"
