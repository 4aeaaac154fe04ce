#!/bin/sh
# Installs what the project needs and the machine lacks: Debian packages, Node 24, npm packages. Safe to
# run at any time; says nothing, and takes a fraction of a second, when nothing is missing. Works
# without a terminal.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

# PROGRAM:PACKAGE or /FILE:PACKAGE pairs. The program or file decides whether something is missing, so that what was
# installed in another way (another QEMU in PATH) counts too.
#   qemu-system-x86_64      the virtual machines
#   qemu-img                disk images
#   qemu-storage-daemon     merging disk layers of machines that do not run
#   swtpm                   virtual TPMs
#   OVMF                    UEFI firmware
#   mke2fs, xz              disks and the kernel of the test guest
#   mmdebstrap, newuidmap   the test guest with databases
#   chromium                tests of the console
needs=${STILLPOINT_SETUP_NEEDS:-"
qemu-system-x86_64:qemu-system-x86
qemu-img:qemu-utils
qemu-storage-daemon:qemu-system-common
swtpm:swtpm
/usr/share/OVMF/OVMF_CODE_4M.fd:ovmf
mke2fs:e2fsprogs
xz:xz-utils
mmdebstrap:mmdebstrap
newuidmap:uidmap
chromium:chromium
"}
node_version=24.21.0
PATH=$PATH:/usr/sbin:/sbin

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}
has() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

install_debian_packages() {
  missing=''
  for pair in $needs; do
    has "${pair%%:*}" || missing="$missing ${pair#*:}"
  done
  missing=${missing# }
  [ -n "$missing" ] || return 0

  has apt-get || fail "needs these Debian packages, or what they are called here: $missing" \
    '(there is no apt-get on this machine: please install them yourself, then run this again)'
  as_root=''
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || fail "needs root to install Debian packages, and there is no sudo." \
      "As root, run: apt-get install --no-install-recommends $missing"
    # Without a terminal nobody could type a password: better a clear failure than a wait.
    as_root='sudo'
    [ -t 0 ] || as_root='sudo -n'
  fi
  say "installing Debian packages for virtual machines and test disks: $missing"
  # Straight away with the package lists at hand; those of a fresh container are empty or old.
  # shellcheck disable=SC2086
  apt_install $missing || { apt_run update && apt_install $missing; } || {
    cat "$log" >&2
    fail "could not install them (apt's words are above). By hand, as root:" \
      "apt-get update && apt-get install --no-install-recommends $missing"
  }
}

apt_install() { apt_run install -y --no-install-recommends "$@"; }

apt_run() {
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null >"$log" 2>&1
}

install_node() {
  [ ! -x .runtime/node_modules/node/bin/node ] || return 0
  version=$(node --version 2>/dev/null || echo v0)
  major=${version#v}
  major=${major%%.*}
  [ "$major" -lt 24 ] || return 0
  if ! has npm || [ "$major" -lt 18 ]; then
    fail "needs Node.js 24 or later with npm (found: node $version). It can fetch Node 24 itself" \
      'given Node 18 and npm; as root: apt-get install nodejs npm'
  fi
  say "installing Node $node_version in .runtime (the machine has $version)"
  npm_run install --prefix .runtime --no-save "node@$node_version"
}

install_npm_packages() {
  hash=$(cksum <package-lock.json)
  stamp=node_modules/.stillpoint-setup
  [ "$(cat "$stamp" 2>/dev/null)" != "$hash" ] || return 0
  has npm || fail 'needs npm to install its packages; as root: apt-get install npm'
  say 'installing npm packages'
  npm_run ci
  printf '%s\n' "$hash" >"$stamp"
}

# The console is built from src/web, which takes constants and types from other rooms.
build_console() {
  page=dist/web/index.html
  [ ! -e "$page" ] || [ -n "$(find src/web src/contract src/core src/vm vite.config.ts package-lock.json \
    -newer "$page" -print -quit)" ] || return 0
  say 'building the console'
  sh tools/node.sh node_modules/vite/bin/vite.js build </dev/null >"$log" 2>&1 || {
    cat "$log" >&2
    fail 'could not build the console (the words of Vite are above).'
  }
}

npm_run() {
  npm "$@" --no-audit --no-fund --loglevel=error </dev/null >"$log" 2>&1 || npm_failed "$1"
}

npm_failed() {
  # npm closes with a page of usage; what matters comes first.
  head -n 20 "$log" >&2
  fail "npm $1 failed (its words are above). Is the network reachable? Then run this again."
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_debian_packages
install_node
install_npm_packages
build_console
