#!/bin/sh
# Downloads the Debian cloud kernel for guests of scripts/guest.sh and unpacks it into .cache/guest-kernel, once. Requires
# Debian with apt.
#
#   sh scripts/guest-kernel.sh [RELEASE [ARCHITECTURE]]
#
# With a Debian release (bullseye: Linux 5.10, bookworm: 6.1, trixie: 6.12, trixie-backports: newer), its kernel is
# unpacked into .cache/guest-kernel-RELEASE; the packages are verified with the keys in debian-archive-keyring. With an
# architecture other than amd64, such as arm64, .cache/guest-kernel-RELEASE-ARCHITECTURE also has the programs of the
# guest, in `programs`.
set -eu
cd "$(dirname "$0")/.."
release=${1:-}
architecture=${2:-amd64}
to=.cache/guest-kernel${release:+-$release}
[ "$architecture" = amd64 ] || to=$to-$architecture
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
  : >"$work/status" # packages of this machine do not count
  printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror/debian" "$release" >"$work/sources.list"
  case $release in
    *-backports) ;;
    *) printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror/debian-security" "$release-security" >>"$work/sources.list" ;;
  esac
  cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Acquire::Languages "none";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
CONF
  export APT_CONFIG="$work/apt.conf"
  apt-get update -qq >"$work/log" 2>&1 || {
    echo "guest-kernel: the package lists of $release could not be downloaded: $(tail -n 1 "$work/log")" >&2
    exit 1
  }
}

kernel_package() { apt-cache depends "linux-image-cloud-$architecture" 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p'; }
[ -z "$release" ] || use_release
package=$(kernel_package)
if [ -z "$package" ] && [ "$(id -u)" = 0 ]; then
  apt-get update -qq >/dev/null 2>&1 || true
  package=$(kernel_package)
fi
[ -n "$package" ] || { echo "guest-kernel: apt has no kernel package; run 'apt-get update'" >&2 && exit 1; }

# Since Linux 7, the image and the modules are in packages of their own.
parts=$(apt-cache depends "$package" 2>/dev/null | sed -n 's/.*Depends: \(linux-base-[^ ]*\|linux-binary-[^ ]*\|linux-modules-[^ ]*\).*/\1/p')
# shellcheck disable=SC2086
(cd "$work" && apt-get download -qq "$package" $parts 2>log && for file in linux-*.deb; do dpkg-deb -x "$file" kernel 2>>log || exit; done) || {
  echo "guest-kernel: $package could not be downloaded or unpacked: $(tail -n 1 "$work/log")" >&2
  exit 1
}
# Modules are in /lib in Debian 12, in /usr/lib in Debian 13.
if [ -d "$work/kernel/lib/modules" ]; then
  mkdir -p "$work/kernel/usr/lib"
  mv "$work/kernel/lib/modules" "$work/kernel/usr/lib/modules"
fi
for image in "$work"/kernel/usr/lib/modules/*/vmlinuz; do # since Linux 7; before, /boot/vmlinuz-VERSION
  [ -f "$image" ] || continue
  version=$(basename "$(dirname "$image")")
  mkdir -p "$work/kernel/boot"
  mv "$image" "$work/kernel/boot/vmlinuz-$version"
done

# The programs that scripts/guest.sh copies from this machine if the guest has its architecture, with their libraries.
if [ "$architecture" != amd64 ]; then
  programs=$work/kernel/programs
  mkdir -p "$programs" "$work/packages"
  for folder in bin sbin lib; do
    mkdir -p "$programs/usr/$folder"
    ln -s "usr/$folder" "$programs/$folder"
  done
  (
    cd "$work/packages"
    apt-get download -qq bash busybox-static coreutils findutils grep libacl1 libatomic1 libattr1 libc6 libgcc-s1 libgmp10 \
      libpcre2-8-0 libselinux1 libstdc++6 libtinfo6 2>../log
  ) || {
    echo "guest-kernel: the programs for $architecture could not be downloaded: $(tail -n 1 "$work/log")" >&2
    exit 1
  }
  for package in "$work/packages"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$programs" --exclude='./usr/share/*'
  done
fi
# A concurrent run can have created it.
mv -T "$work/kernel" "$to" 2>/dev/null || [ -d "$to" ]
