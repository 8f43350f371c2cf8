#!/bin/bash
# Session of the server of scripts/record-sample.sh: ordinary work, the drill, and ordinary work again.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd /root || exit
eyas=/opt/eyas/bin/eyas

ordinary() {
  su - alice -c ./report.sh
  su - alice -c 'ls -la notes; cat notes/today.txt; grep -rs milk notes'
  ps ax | grep nginx | sort | head -3
  ip addr show lo
  ss -tln
  python3 -c 'import os, socket; print(os.getpid())'
  perl -e 'print `true`'
  find /usr/share -maxdepth 1 -name 'perl*'
  mkdir -p /tmp/build && cp /bin/true /tmp/build/tool && /tmp/build/tool
  ln -sf tool /tmp/build/link && mv /tmp/build/tool /tmp/build/tool2 && rm -r /tmp/build
  runuser -u www-data -- cat /var/www/html/index.html
}

$eyas record -w /out/drill.scap.gz 2>/out/record.log &
recorder=$!
until grep -q Recording /out/record.log; do sleep 0.1; done
sleep 3
ordinary
$eyas drill --json >/out/drill.jsonl
ordinary
sleep 2
kill -INT $recorder
wait $recorder
sync
systemctl --force poweroff
