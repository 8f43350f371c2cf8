#!/bin/sh
# Records samples/drill.scap.gz: creates a small Debian server, runs it as a guest of scripts/guest.sh, and copies the
# capture that scripts/sample-session.sh records there. Takes about four minutes.
#
#   sh scripts/record-sample.sh DIRECTORY
#
# Requires root, debootstrap, and the requirements of scripts/guest.sh. The guest remains in DIRECTORY.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
root=$out/server
PATH=$PATH:/usr/sbin:/sbin

if [ ! -d "$root" ]; then
  debootstrap --variant=minbase trixie "$root" http://deb.debian.org/debian >"$out/debootstrap.log"
  # Start no services while packages are installed.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  chroot "$root" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -qq --no-install-recommends \
    systemd cron nginx curl procps iproute2 openssh-client python3-minimal kmod >"$out/packages.log" 2>&1
  chroot "$root" useradd -m -s /bin/bash alice
fi

# Removes traces of the build machine, and disables timers.
echo edge-2 >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 edge-2\n' >"$root/etc/hosts"
: >"$root/etc/resolv.conf"
: >"$root/etc/machine-id"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb "$root"/var/log/*.log "$root"/var/log/apt
for unit in serial-getty@ttyS0.service getty@tty1.service apt-daily.timer apt-daily-upgrade.timer fstrim.timer \
  dpkg-db-backup.timer logrotate.timer systemd-pstore.service remote-fs.target; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
ln -sf ../lib/systemd/systemd "$root/usr/sbin/init"

echo '<h1>edge-2</h1>' >"$root/var/www/html/index.html"
mkdir -p "$root/home/alice/notes"
printf 'buy milk\ncall Bob\n' >"$root/home/alice/notes/today.txt"
cat >"$root/home/alice/report.sh" <<'END'
#!/bin/sh
# What the disk and the web server did today.
df -h / | tail -1 | awk '{ print $5 }'
curl -s http://127.0.0.1/ | head -1
sort notes/today.txt > notes/sorted.txt
cp notes/sorted.txt notes/today.bak && rm notes/sorted.txt
END
chmod 755 "$root/home/alice/report.sh"
chroot "$root" chown -R alice:alice /home/alice

cp "$here/scripts/sample-session.sh" "$root/root/session.sh"
chmod 755 "$root/root/session.sh"
cat >"$root/etc/systemd/system/session.service" <<'END'
[Unit]
Description=Session
After=nginx.service cron.service
[Service]
Type=oneshot
ExecStart=/root/session.sh
StandardOutput=file:/out/session.log
StandardError=file:/out/session.log
[Install]
WantedBy=multi-user.target
END
mkdir -p "$root/out" "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../session.service "$root/etc/systemd/system/multi-user.target.wants/session.service"

sh "$here/scripts/guest.sh" "$out" "$root"
"$out/boot"
rm -rf "$out/out"
debugfs -R "rdump /out $out" "$out/disk" 2>/dev/null
cat "$out/out/record.log"
install -m 644 "$out/out/drill.scap.gz" "$here/samples/drill.scap.gz"
