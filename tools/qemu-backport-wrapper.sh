#!/bin/sh
# Stands in `bin/` under each program's name and becomes the program in `system/`, with the libraries that
# came along. QEMU finds its firmware and modules by its own place.
system=$(CDPATH='' cd -- "${0%/*}/../system" && pwd)
libraries=$system/usr/lib/x86_64-linux-gnu:$system/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$system/usr/bin/${0##*/}" "$@"
