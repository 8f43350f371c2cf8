#!/bin/sh
# Downloads the Debian cloud kernel for guests of scripts/guest.sh and unpacks it into .cache/guest-kernel, once.
# Requires Debian with apt.
set -eu
cd "$(dirname "$0")/.."
[ -d .cache/guest-kernel ] && exit 0

kernel_package() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p'; }
package=$(kernel_package)
if [ -z "$package" ] && [ "$(id -u)" = 0 ]; then
  apt-get update -qq >/dev/null 2>&1 || true
  package=$(kernel_package)
fi
[ -n "$package" ] || { echo "guest-kernel: apt has no kernel package; run 'apt-get update'" >&2 && exit 1; }

mkdir -p .cache
work=$(mktemp -d .cache/guest-kernel.XXXXXX)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download -qq "$package" 2>log && dpkg-deb -x "$package"_*.deb kernel 2>>log) || {
  echo "guest-kernel: $package could not be downloaded or unpacked: $(tail -n 1 "$work/log")" >&2
  exit 1
}
# Modules are in /lib in Debian 12, in /usr/lib in Debian 13.
if [ -d "$work/kernel/lib/modules" ]; then
  mkdir -p "$work/kernel/usr/lib"
  mv "$work/kernel/lib/modules" "$work/kernel/usr/lib/modules"
fi
# A concurrent run can have created it.
mv -T "$work/kernel" .cache/guest-kernel 2>/dev/null || [ -d .cache/guest-kernel ]
