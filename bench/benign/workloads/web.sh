# about: nginx under load, with cron jobs, log rotation and the daily jobs of the distribution
# needs: nginx ab cron logrotate run-parts openssl rsyslogd logger
. "${0%/*}/lib.sh"

case ${1-} in
prepare)
cat >/etc/cron.d/benign <<END
PATH=/usr/sbin:/usr/bin:/sbin:/bin
* * * * * root logrotate -s $WORK/logrotate.state $WORK/logrotate.conf
* * * * * root run-parts --report /etc/cron.daily
* * * * * www-data find $WORK/www -name '*.html' -mtime +30 -delete
* * * * * root tar -czf $WORK/tmp/www.tar.gz -C $WORK www && openssl x509 -checkend 86400 -noout -in $WORK/crt.pem
END
  exit
  ;;
finish)
  rm -f /etc/cron.d/benign
  exit
  ;;
esac
trap 'kill $started $(cat "$WORK/nginx.pid") 2>/dev/null; wait' EXIT
mkdir -p "$WORK/www" "$WORK/log" "$WORK/tmp"
for i in $(seq 1 50); do head -c 20000 /dev/urandom | base64 >"$WORK/www/$i.html"; done
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout "$WORK/key.pem" -out "$WORK/crt.pem" 2>/dev/null

cat >"$WORK/nginx.conf" <<END
user www-data;
worker_processes 2;
pid $WORK/nginx.pid;
error_log $WORK/log/error.log;
events {}
http {
  access_log $WORK/log/access.log;
  server {
    listen 127.0.0.1:18080;
    listen 127.0.0.1:18443 ssl;
    ssl_certificate $WORK/crt.pem;
    ssl_certificate_key $WORK/key.pem;
    root $WORK/www;
  }
}
END
cat >"$WORK/logrotate.conf" <<END
$WORK/log/*.log {
  size 1
  rotate 3
  compress
  delaycompress
  create 0640 www-data adm
  sharedscripts
  postrotate
    kill -USR1 \$(cat $WORK/nginx.pid)
  endscript
}
END
cat >"$WORK/rsyslog.conf" <<END
module(load="imuxsock" SysSock.Name="$WORK/log.sock")
*.* $WORK/log/syslog.log
END
nginx -t -c "$WORK/nginx.conf"
nginx -c "$WORK/nginx.conf"
start rsyslogd -n -f "$WORK/rsyslog.conf" -i "$WORK/rsyslog.pid"
start cron -f
while more; do
  ab -q -n 2000 -c 8 http://127.0.0.1:18080/1.html >/dev/null
  ab -q -n 200 -c 4 https://127.0.0.1:18443/2.html >/dev/null
  curl -sk -o /dev/null https://127.0.0.1:18443/absent
  logger -u "$WORK/log.sock" 'a line of a program'
  nginx -s reload -c "$WORK/nginx.conf"
  sleep 5
done
