# about: packages installed, upgraded and removed on the machine, and all packages of a Debian in a root directory
# needs: apt-get dpkg debootstrap chroot
. "${0%/*}/lib.sh"

root=$WORK/root
if [ "${1-}" = prepare ]; then
  debian_root "$root"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  exit
fi
trap 'umount -l "$root/proc"' EXIT
mount -t proc proc "$root/proc"

in_root() {
  chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"
}

apt-get update
apt-get install -y --reinstall hostname netbase mount
in_root apt-get update
in_root apt-get dist-upgrade -y
in_root apt-get install -y --no-install-recommends systemd dbus sudo cron logrotate rsyslog openssh-server passwd \
  nginx-light python3 man-db fontconfig ca-certificates polkitd udev vim-tiny bash-completion redis-server
while more; do
  # Unpacks every package over itself and configures it, as in an upgrade to another release.
  in_root sh -c 'apt-get install -y --reinstall $(dpkg-query -W -f "\${Package} ")'
  in_root apt-get remove -y --purge nginx-light redis-server rsyslog
  in_root apt-get autoremove -y
  in_root apt-get install -y --no-install-recommends nginx-light redis-server rsyslog
done
