# about: PostgreSQL, MariaDB and Redis under load, with dumps, base backups and archived logs
# needs: pg_dump pgbench mariadbd mariadb-dump redis-server redis-benchmark setpriv gzip
. "${0%/*}/lib.sh"

bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
PATH=$bin:$PATH
as_postgres() {
  setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$@"
}
as_mysql() {
  setpriv --reuid=mysql --regid=mysql --init-groups "$@"
}
trap 'mariadb-admin -uroot --socket="$WORK/my/s" shutdown; as_postgres pg_ctl -D "$WORK/pg" -m fast stop; redis-cli -p 16379 shutdown; wait' EXIT

mkdir -p "$WORK/pg" "$WORK/archive" "$WORK/my" "$WORK/redis" "$WORK/backups"
chown postgres:postgres "$WORK/pg" "$WORK/archive" "$WORK/backups"
chown mysql:mysql "$WORK/my"
cd "$WORK" || exit

as_postgres initdb -D "$WORK/pg" >/dev/null
cat >>"$WORK/pg/postgresql.conf" <<END
port = 15432
listen_addresses = '127.0.0.1'
unix_socket_directories = '$WORK/pg'
archive_mode = on
archive_command = 'test ! -f $WORK/archive/%f && cp %p $WORK/archive/%f'
max_wal_size = 64MB
logging_collector = on
END
as_postgres pg_ctl -D "$WORK/pg" -w -l "$WORK/pg/start.log" start
as_postgres pgbench -h 127.0.0.1 -p 15432 -i -s 5 postgres

as_mysql mariadb-install-db --datadir="$WORK/my" --auth-root-authentication-method=normal >/dev/null
as_mysql mariadbd --no-defaults --datadir="$WORK/my" --socket="$WORK/my/s" --port=13306 --bind-address=127.0.0.1 \
  --log-bin="$WORK/my/log" --server-id=1 --max-binlog-size=4M &
until_true mariadb-admin -uroot --socket="$WORK/my/s" ping
redis-server --port 16379 --bind 127.0.0.1 --dir "$WORK/redis" --save '5 1' --appendonly yes --daemonize yes \
  --logfile "$WORK/redis/redis.log"

while more; do
  as_postgres pgbench -h 127.0.0.1 -p 15432 -c 4 -T 10 postgres
  as_postgres psql -h 127.0.0.1 -p 15432 -c 'VACUUM ANALYZE' -c 'SELECT pg_switch_wal()' postgres
  as_postgres sh -c "pg_dump -h 127.0.0.1 -p 15432 postgres | gzip >$WORK/backups/postgres.sql.gz"
  as_postgres pg_basebackup -h 127.0.0.1 -p 15432 -D "$WORK/backups/base" -X stream -c fast && rm -rf "$WORK/backups/base"
  mariadb-slap -uroot --socket="$WORK/my/s" --auto-generate-sql --concurrency=4 --iterations=3 --number-of-queries=500
  mariadb-dump -uroot --socket="$WORK/my/s" --all-databases --single-transaction | gzip >"$WORK/backups/my.sql.gz"
  mariadb -uroot --socket="$WORK/my/s" -e 'FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW();'
  redis-benchmark -p 16379 -q -n 2000 -c 10
  redis-cli -p 16379 bgsave
  redis-cli -p 16379 bgrewriteaof
  cp "$WORK/redis/dump.rdb" "$WORK/backups/" 2>/dev/null
  tar -C "$WORK/backups" -czf "$WORK/all.tar.gz" .
  find "$WORK/archive" -type f -mmin +1 -delete
done
