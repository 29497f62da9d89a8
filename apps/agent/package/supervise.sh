#!/bin/sh
# Runs the agent of the version that `current` names and starts it again when it dies. A version that was just put in place
# is on trial: it has to remove STATE/upgrade/trial by itself in time, or the version before it comes back.
# Ends with the agent when that ends by itself in good order (0) or cannot start (2).
home=${RAMPART_AGENT_HOME:-/opt/rampart-agent}
state=${RAMPART_AGENT_STATE:-/var/lib/rampart/agent}
trial_s=${RAMPART_AGENT_TRIAL:-120}
trial=$state/upgrade/trial
wait_s=1
child=
stopping=
signalled=
trap 'stopping=1; signalled=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT

say() {
  echo "rampart-agent: $*" >&2
}
# The first line of the trial is the version before, the second the one on trial.
version_on() {
  found=$(sed -n "$1p" "$trial" 2>/dev/null)
  case $found in
  '' | .* | *[!0-9A-Za-z.+~-]*) return 1 ;;
  esac
  [ -x "$home/versions/$found/bin/rampart-agent" ]
}
activate() {
  rm -f "$home/current.new"
  ln -s "versions/$1" "$home/current.new" && mv -T "$home/current.new" "$home/current"
}
roll_back() {
  reason=$1
  failed=unknown
  if version_on 2; then failed=$found; fi
  if version_on 1 && activate "$found"; then
    say "version $failed $reason; back to version $found"
    echo "rolled-back $failed $found $reason" >"$state/upgrade/result"
  else
    say "version $failed $reason, and there is no version to go back to"
  fi
  rm -f "$trial"
}
is_running() {
  case $(sed 's/.*) //' "/proc/$child/stat" 2>/dev/null) in
  '' | Z*) return 1 ;;
  esac
}
# Waits until the version on trial has proved itself, died, or had its time.
watch_trial() {
  waited=0
  while [ -e "$trial" ] && [ -z "$stopping" ] && is_running && [ "$waited" -lt "$trial_s" ]; do
    sleep 1
    waited=$((waited + 1))
  done
  [ -e "$trial" ] && [ -z "$stopping" ] || return 0
  if is_running; then
    why="did not reach the server and start its sensors within $trial_s s"
    kill -TERM "$child"
    ended=0
    while is_running && [ "$ended" -lt 5 ]; do
      sleep 1
      ended=$((ended + 1))
    done
    kill -KILL "$child" 2>/dev/null
    wait "$child"
  else
    wait "$child"
    why="ended with $? before it had reached the server"
  fi
  roll_back "$why"
  return 1
}

if [ -e "$trial" ]; then roll_back 'was still on trial when the host or the service was started again'; fi
while :; do
  started=$(date +%s)
  child=
  "$home/current/bin/rampart-agent" run --state "$state" &
  child=$!
  # A signal that came before the pid was known reached nobody.
  [ -n "$stopping" ] && kill -TERM "$child" 2>/dev/null
  watch_trial || continue
  while :; do
    signalled=
    wait "$child"
    code=$?
    # A trapped signal ends wait early. The pid says nothing: by now it could be another process.
    [ -z "$signalled" ] && break
  done
  child=
  [ -n "$stopping" ] && exit 0
  if [ "$code" -eq 75 ] && version_on 2; then
    say "changing to version $found"
    activate "$found"
    continue
  fi
  [ "$code" -eq 0 ] && exit 0
  [ "$code" -eq 2 ] && exit 2
  [ $(($(date +%s) - started)) -gt 60 ] && wait_s=1
  say "the agent ended with $code; starting it again in $wait_s s"
  sleep "$wait_s" &
  child=$!
  wait "$child"
  [ -n "$stopping" ] && exit 0
  wait_s=$((wait_s * 2))
  [ "$wait_s" -gt 60 ] && wait_s=60
done
