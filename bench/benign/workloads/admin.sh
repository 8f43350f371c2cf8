# about: the day of an administrator in tmux: SSH, sudo, su, editors, settings, logs, packages, git, a crontab needs:
# tmux sshd ssh ssh-keygen sudo su vim.basic less git crontab apt-get
. "${0%/*}/lib.sh"

export HOME="$WORK/home" TERM=xterm
trap 'tmux -L benign kill-server 2>/dev/null; kill $(cat "$WORK/sshd.pid" 2>/dev/null) 2>/dev/null' EXIT
mkdir -p "$WORK/keys" "$HOME" /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$WORK/keys/host"
ssh-keygen -q -t ed25519 -N '' -f "$WORK/keys/id"
cp "$WORK/keys/id.pub" "$WORK/keys/authorized"
chmod 600 "$WORK/keys/authorized"
cat >"$WORK/sshd_config" <<END
Port 10022
ListenAddress 127.0.0.1
HostKey $WORK/keys/host
AuthorizedKeysFile $WORK/keys/authorized
PidFile $WORK/sshd.pid
PermitRootLogin yes
StrictModes no
UsePAM yes
Subsystem sftp internal-sftp
END
"$(command -v sshd)" -f "$WORK/sshd_config"
options="-p 10022 -i $WORK/keys/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=$WORK/known"
tmux -L benign -f /dev/null new-session -d -x 160 -y 50 -s day

# Types a command, and waits until the shell has run it.
typed=0
type_line() {
  typed=$((typed + 1))
  tmux -L benign send-keys -t day "$1" Enter
  sleep "${2:-0.3}"
  tmux -L benign send-keys -t day "touch $WORK/done.$typed" Enter
  until_true test -e "$WORK/done.$typed"
}
# Types keys into a program.
keys() {
  tmux -L benign send-keys -t day "$@"
  sleep 0.5
}

while more; do
  keys "ssh $options root@127.0.0.1" Enter
  sleep 3
  for command in uptime w who last 'df -h' 'free -m' 'ps auxf | head -50' 'ss -tlnp' 'ip addr' 'dmesg | tail -5' \
    'journalctl -n 5 --no-pager' 'systemctl status --no-pager' 'tail -n 20 /var/log/dpkg.log' 'cat /etc/passwd' \
    'grep -r Port /etc/ssh' 'grep -rn root /etc/cron.d /etc/crontab' 'crontab -l' 'ls -la /root /etc/cron.d' 'id nobody' \
    'find /etc -name "*.conf" -mtime -1' 'du -sh /var/log' 'lsof -i :10022' 'sudo -n true' 'sudo -n -u nobody id' \
    'su -s /bin/sh -c id nobody' 'su - -c true' 'apt-get update' 'apt list --upgradable' 'apt-get install -y --reinstall hostname' \
    'dpkg -l | grep ssh' 'docker ps' "cp /etc/hosts $WORK/hosts" "diff /etc/hosts $WORK/hosts" "rm $WORK/hosts" \
    'passwd -S root' 'chage -l root' 'getent group sudo' 'env | head' 'history | tail -3' \
    "git -C $WORK init -q site" "cd $WORK/site" 'echo a >a' 'git add a' \
    'git -c user.name=a -c user.email=a@b commit -qm a' 'git log --oneline' 'git status' 'ping -c 1 127.0.0.1' \
    'curl -sI http://deb.debian.org/' 'openssl version' 'python3 -c "print(1)"' 'tar -czf b.tar.gz a' 'cd /' 'strace -c true' \
    'nice true' 'umask' 'which vim' 'man -k passwd' 'mount' 'sysctl kernel.hostname' 'logger benign' 'date' 'hostname'; do
    type_line "$command"
  done
  keys 'less /etc/services' Enter && keys G q
  # Only one change below /etc per hour, since file integrity reports every change, even by an administrator.
  if test "$(($(date +%s) - ${changed:-0}))" -ge 3600; then
    changed=$(date +%s)
    keys 'vim.basic -n /etc/motd' Enter && keys Gobenign Escape :wq Enter
    keys "sed -i /benign/d /etc/motd" Enter
  fi
  keys 'top' Enter && keys q
  keys 'visudo -c' Enter
  keys "scp -q $(echo "$options" | sed 's/-p /-P /') /etc/hostname root@127.0.0.1:$WORK/copied" Enter
  sleep 2
  type_line "sftp -q $(echo "$options" | sed 's/-p /-P /') -b /dev/null root@127.0.0.1"
  keys "rsync -a $WORK/site/ $WORK/mirror/" Enter
  keys exit Enter
  sleep 2
done
