#!/bin/sh
# Runs Node 24 or later: the machine's own where it is new enough, else the one that the set-up
# installed under .runtime/. Usage: sh tools/node.sh FILE [ARG...]
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if [ -x "$root/.runtime/node_modules/node/bin/node" ]; then
  exec "$root/.runtime/node_modules/node/bin/node" "$@"
fi
exec node "$@"
