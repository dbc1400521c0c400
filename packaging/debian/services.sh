# Read by the maintainer scripts: the services and mounts that run when the package changes.

# The users whose systemd runs.
users_with_systemd() {
  for socket in /run/user/*/systemd/private; do
    [ -S "$socket" ] || continue
    uid=${socket#/run/user/}
    getent passwd "${uid%%/*}" | cut -d: -f1,3
  done
}

has_systemd() {
  [ -d /run/systemd/system ]
}

# services VERB [OPTION]: for all services of gphotos-mount that run, of the machine and of each user.
services() {
  has_systemd || return 0
  verb=$1
  systemctl daemon-reload || true
  timeout 100 systemctl "$verb" 'gphotos-mount*.service' || true
  users_with_systemd | while IFS=: read -r name uid; do
    # Standard input is the list of users.
    timeout 100 runuser -u "$name" -- env "XDG_RUNTIME_DIR=/run/user/$uid" sh -c \
      'systemctl --user daemon-reload; systemctl --user "$0" "gphotos-mount*.service"' "$verb" </dev/null || true
  done
}

# The processes of this package, of the version that was replaced (`old`) or of any (`all`), with their users.
processes() {
  for process in /proc/[0-9]*; do
    program=$(readlink "$process/exe" 2>/dev/null) || continue
    case $1:$program in
    old:"/usr/lib/gphotos-mount/bin/node (deleted)" | all:/usr/lib/gphotos-mount/bin/node*)
      echo "${process#/proc/} ($(stat -c %U "$process" 2>/dev/null))"
      ;;
    esac
  done
}

# The mount points, as the kernel writes them: a space is \040.
mounts() {
  while read -r _ where type _; do
    [ "$type" != fuse.gphotos-mount ] || echo "$where"
  done </proc/self/mounts
}
