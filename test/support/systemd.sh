#!/bin/bash
# systemd.sh up DIR [SOURCE:TARGET]... | sh DIR COMMAND | user DIR USER COMMAND | login DIR USER COMMAND | down DIR
# SETUP in the environment of `up`: commands that root runs in the file system before the boot; LOWER: a system to boot in place of
# this machine's.
# A real systemd as PID 1 of its own mount, PID, cgroup, IPC and UTS namespaces, on a throw-away overlay of /. Needs root.
# /dev is private and /sys and /proc/sys are read-only: udev and sysctl of that systemd must not reach this machine.
set -eu
verb=$1
W=$2
shift 2
unified=/sys/fs/cgroup/unified
[ -e $unified/cgroup.procs ] || unified=/sys/fs/cgroup

inside() {
  exec nsenter -t "$(cat "$W.pid")" -a -r "$@"
}

case $verb in
up)
  mkdir -p "$W"
  export W unified BINDS="$*" LOWER="${LOWER:-/}"
  # shellcheck disable=SC2016
  setsid unshare --mount --propagation private bash -euc '
    mount -t tmpfs tmpfs "$W"
    mkdir "$W"/{upper,work,root}
    R=$W/root
    mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$W/upper,workdir=$W/work" "$R"
    mount -t tmpfs -o mode=755,nosuid tmpfs "$R/run"
    mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
    mount -t tmpfs -o mode=755,nosuid tmpfs "$R/dev"
    # libfuse needs /dev/full too: glibc opens it for a set-uid program whose standard input is closed.
    for n in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 fuse:10:229 autofs:10:235; do
      IFS=: read -r name major minor <<<"$n"
      mknod -m 666 "$R/dev/$name" c "$major" "$minor"
    done
    mkdir "$R"/dev/{pts,shm}
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$R/dev/pts"
    ln -s pts/ptmx "$R/dev/ptmx"
    mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
    ln -s /proc/self/fd "$R/dev/fd"
    for i in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${i%:*}" "$R/dev/${i#*:}"; done
    mount -t sysfs -o ro sysfs "$R/sys"
    mount -t tmpfs -o mode=755 tmpfs "$R/sys/fs/cgroup" 2>/dev/null || true
    for b in $BINDS; do
      mkdir -p "$R${b#*:}"
      mount --bind "${b%%:*}" "$R${b#*:}"
    done
    rm -rf "$R"/etc/systemd/system/*.wants "$R"/etc/systemd/system/gphotos-mount*
    # An ordinary user reads the journal of the own service only where it is kept on disk.
    mkdir -p "$R/var/log/journal" "$R/var/lib/systemd/linger"
    chroot "$R" useradd -m -s /bin/bash alice
    touch "$R/var/lib/systemd/linger/alice"
    chroot "$R" bash -euc "${SETUP:-:}"
    echo $$ >"$W/launcher.pid"
    mkdir "$unified/sd-$$"
    echo $$ >"$unified/sd-$$/cgroup.procs"
    exec unshare --cgroup --pid --ipc --uts --fork --kill-child --mount-proc="$R/proc" bash -euc "
      mount --bind $R/proc/sys $R/proc/sys
      mount -o remount,ro,bind $R/proc/sys
      mount -t cgroup2 cgroup2 $R/sys/fs/cgroup
      mount --make-rshared $R
      exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/chroot $R \
        /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=no"
  ' >"$W.log" 2>&1 </dev/null &
  echo $! >"$W.outer"
  for _ in $(seq 300); do
    L=$(pgrep -P "$(cat "$W.outer")" 2>/dev/null | head -1) || true
    if [ -n "$L" ]; then
      state=$(nsenter -t "$L" -a -r systemctl is-system-running 2>/dev/null) || true
      if [ "$state" = running ] || [ "$state" = degraded ]; then
        echo "$L" >"$W.pid"
        exit 0
      fi
    fi
    sleep 0.1
  done
  echo "systemd did not come up:"
  tail -20 "$W.log"
  exit 1
  ;;
sh) inside bash -c "cd /; $*" ;;
user)
  user=$1
  shift
  inside runuser -l "$user" -c "export XDG_RUNTIME_DIR=/run/user/\$(id -u) DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/\$(id -u)/bus; $*"
  ;;
login)
  # A session of logind, from its first process to the last: nothing of the caller's environment.
  user=$1
  shift
  inside env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb su -l "$user" -c "$*"
  ;;
down)
  O=$(cat "$W.outer")
  [ ! -e "$W.pid" ] || timeout 10 nsenter -t "$(cat "$W.pid")" -a -r systemctl exit 2>/dev/null || true
  for _ in $(seq 50); do
    kill -0 "$O" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$O" 2>/dev/null || true
  for _ in $(seq 50); do
    find "$unified/sd-$O" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    [ -e "$unified/sd-$O" ] || break
    sleep 0.1
  done
  rm -f "$W.pid" "$W.outer" "$W.log"
  rmdir "$W"
  ;;
esac
