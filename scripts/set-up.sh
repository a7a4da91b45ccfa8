#!/bin/sh
# Prepares this checkout: system packages, .venv, locked dependencies. Quick when nothing has changed.
#   sh scripts/set-up.sh run    what the service needs
#   sh scripts/set-up.sh test   what the tests need besides
set -eu
cd "$(dirname "$0")/.."

mode=${1:-run}
venv=.venv
stamp=$venv/set-up-$mode
say() { printf '%s\n' "· $*"; }

fingerprint() { cat requirements.lock scripts/set-up.sh | cksum; "$venv/bin/python" -V 2>/dev/null || echo none; }
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then
    exit 0
fi

# --- which Python
python=
for name in python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11, 3.12 or 3.13 is needed; python3 here is: $(python3 -V 2>&1 || echo missing)." >&2
    exit 1
fi

# --- what the system lacks
needed=
need() { case " $needed " in *" $1 "*) ;; *) needed="$needed $1" ;; esac; }
library() { ldconfig -p 2>/dev/null | grep -q "$1" || /sbin/ldconfig -p 2>/dev/null | grep -q "$1"; }
if ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || need python3-venv
fi
[ -s /etc/ssl/certs/ca-certificates.crt ] || [ -n "${SSL_CERT_FILE:-}" ] || need ca-certificates
essential=$needed
library libpango-1.0.so || need libpango-1.0-0
library libpangoft2-1.0.so || need libpangoft2-1.0-0
library libharfbuzz-subset.so || need libharfbuzz-subset0
find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" -name 'NotoSansCJK*' 2>/dev/null | grep -q . || need fonts-noto-cjk
command -v fc-list >/dev/null 2>&1 || need fontconfig
if [ "$mode" = test ]; then
    command -v chromium >/dev/null 2>&1 || need chromium
    # What steers the browser is a program of its own, and a bare machine has not all that it is linked with.
    library libatomic.so || need libatomic1
    command -v pdftotext >/dev/null 2>&1 || need poppler-utils
    command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need postgresql
    essential=$needed
fi
needed=${needed# }
(umask 077 && mkdir -p instance)
log=instance/set-up.log
: >"$log"
# What a step prints is kept for when it fails.
quietly() {
    if ! "$@" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "That did not work: $*. The whole log is $log." >&2
        exit 1
    fi
}
if [ -n "$needed" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing system packages: $needed (some minutes the first time)"
        export DEBIAN_FRONTEND=noninteractive
        quietly apt-get update -q
        quietly apt-get install -q -y --no-install-recommends $needed
    else
        echo "This machine lacks some packages. As root, once: apt-get install -y --no-install-recommends $needed" >&2
        # Without the PDF libraries and the font everything but the printout works.
        [ -z "$essential" ] || exit 1
    fi
fi

# --- the virtual environment, whose Python must still be there
if ! "$venv/bin/python" -c 'import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
    say "Creating $venv with $("$python" -V)"
    rm -rf "$venv"
    quietly "$python" -m venv "$venv"
fi

# --- the locked dependencies, by hash
if ! "$venv/bin/uv" --version >/dev/null 2>&1; then
    say "Installing uv, which installs the rest"
    awk '/^[a-z0-9]/ { wanted = /^uv==/ } wanted' requirements.lock >"$venv/uv.lock"
    quietly "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$venv/uv.lock"
fi
say "Installing the locked dependencies"
# uv does not read pip's configuration, so what this machine tells pip is passed on.
eval "$("$venv/bin/python" scripts/pip_settings.py)"
# Of several indexes all are asked, as pip does; the hashes decide what may be installed.
quietly "$venv/bin/uv" pip install --python "$venv/bin/python" --index-strategy unsafe-best-match \
    --require-hashes -r requirements.lock

fingerprint >"$stamp"
say "Ready"
