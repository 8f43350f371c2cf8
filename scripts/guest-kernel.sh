#!/bin/sh
# Brings Debian's kernel for clouds, unpacked and not installed, for guests that scripts/guest.sh makes: into
# .cache/guest-kernel, once. Needs a Debian with apt.
set -eu
cd "$(dirname "$0")/.."
[ -d .cache/guest-kernel ] && exit 0
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p')
[ -n "$package" ] || { echo "guest-kernel: apt knows no kernel; 'apt-get update' may help" >&2 && exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download -qq "$package" 2>/dev/null && dpkg-deb -x "$package"_*.deb kernel)
mkdir -p .cache
mv "$work/kernel" .cache/guest-kernel
