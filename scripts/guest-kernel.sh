#!/bin/sh
# Downloads the Debian cloud kernel for guests of scripts/guest.sh and unpacks it into .cache/guest-kernel, once. Requires
# Debian with apt.
#
#   sh scripts/guest-kernel.sh [RELEASE]
#
# With a Debian release (bullseye: Linux 5.10, bookworm: 6.1, trixie: 6.12), its kernel is unpacked into
# .cache/guest-kernel-RELEASE; the packages are verified with the keys in debian-archive-keyring.
set -eu
cd "$(dirname "$0")/.."
release=${1:-}
to=.cache/guest-kernel${release:+-$release}
[ -d "$to" ] && exit 0

mkdir -p .cache
work=$(mktemp -d "$PWD/.cache/guest-kernel.XXXXXX")
trap 'rm -rf "$work"' EXIT
[ "$(id -u)" != 0 ] || chmod 755 "$work"

# Prepares lists of the packages of the release in $work, instead of those of this machine.
use_release() {
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=http://deb.debian.org
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror/debian" "$release" "$keys" "$mirror/debian-security" "$release-security" >"$work/sources.list"
  cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
Acquire::Languages "none";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
CONF
  export APT_CONFIG="$work/apt.conf"
  apt-get update -qq >"$work/log" 2>&1 || {
    echo "guest-kernel: the package lists of $release could not be downloaded: $(tail -n 1 "$work/log")" >&2
    exit 1
  }
}

kernel_package() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p'; }
[ -z "$release" ] || use_release
package=$(kernel_package)
if [ -z "$package" ] && [ "$(id -u)" = 0 ]; then
  apt-get update -qq >/dev/null 2>&1 || true
  package=$(kernel_package)
fi
[ -n "$package" ] || { echo "guest-kernel: apt has no kernel package; run 'apt-get update'" >&2 && exit 1; }

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
mv -T "$work/kernel" "$to" 2>/dev/null || [ -d "$to" ]
