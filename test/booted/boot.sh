#!/bin/sh
# Boots systemd as the first process of a machine: new namespaces, and a root file system whose changes are stored separately.
#
#   sh boot.sh ROOT DIRECTORY CGROUP
#
# ROOT is not changed; changes are stored in DIRECTORY. CGROUP is an empty cgroup (version 2), which becomes the root of the machine's
# cgroups. Requires root. The machine stops when this process exits. The output of this process is the output of systemd.
set -eu
if [ $# = 3 ]; then
  mkdir "$2/upper" "$2/work" "$2/root"
  echo $$ >"$3/cgroup.procs"
  # Tests can have a low priority.
  renice -n 0 -p $$ >/dev/null
  chrt --other -p 0 $$
  exec unshare --mount --propagation private --cgroup --net --ipc --uts --pid --fork --kill-child \
    sh "$0" "$1" "$2"
fi

# From here on, this script is process 1 of the new namespaces.
root=$2/root
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" eyas-booted "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
# Kernel settings in /proc/sys belong to the machine that runs the test.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind -o ro /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
for name in null zero full random urandom tty; do
  : >"$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
ip link set lo up
echo eyas-booted >/proc/sys/kernel/hostname

mkdir "$root/run/old"
cd "$root"
pivot_root . run/old
# The booted system must not change the clock, the kernel modules, the audit system or the kernel log of the machine
# that runs the test.
exec chroot . /usr/bin/env -i container=eyas-test PATH=/usr/sbin:/usr/bin /bin/sh -c '
  umount -l /run/old && rmdir /run/old &&
  exec setpriv --bounding-set=-sys_time,-sys_module,-syslog,-audit_control,-audit_read,-audit_write,-mac_admin \
    /usr/lib/systemd/systemd --show-status=no'
