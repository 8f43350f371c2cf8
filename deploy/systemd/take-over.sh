# Lets a new process take over from the running service, so that no event is missed. The scripts of packages call it in an
# upgrade, with the path of a copy of the previous unit: the new process has the restrictions of the running service, so the service
# must be restarted if its unit has changed. The exit code is 0 if a new process has taken over.
cmp -s "$1" /usr/lib/systemd/system/eyas.service || exit 1
before=$(systemctl show --property=MainPID --value eyas.service) || exit 1
case $before in '' | 0 | *[!0-9]*) exit 1 ;; esac
systemctl kill --kill-who=main --signal=USR2 eyas.service || exit 1
tries=0
while [ $tries -lt 120 ]; do
  sleep 1
  tries=$((tries + 1))
  now=$(systemctl show --property=MainPID --value eyas.service) || exit 1
  case $now in "$before") ;; '' | 0 | *[!0-9]*) exit 1 ;; *) exit 0 ;; esac
done
exit 1
