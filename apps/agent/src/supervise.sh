#!/bin/sh
# Restarts the agent when it dies: supervise.sh COMMAND ARGUMENT...
# Ends with the agent when that ends by itself in good order (0) or cannot start (2).
wait_s=1
child=
stopping=
signalled=
trap 'stopping=1; signalled=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT
while :; do
  started=$(date +%s)
  child=
  "$@" &
  child=$!
  # A signal that came before the pid was known reached nobody.
  [ -n "$stopping" ] && kill -TERM "$child" 2>/dev/null
  while :; do
    signalled=
    wait "$child"
    code=$?
    # A trapped signal ends wait early. The pid says nothing: by now it could be another process.
    [ -z "$signalled" ] && break
  done
  child=
  [ -n "$stopping" ] && exit 0
  [ "$code" -eq 0 ] && exit 0
  [ "$code" -eq 2 ] && exit 2
  [ $(($(date +%s) - started)) -gt 60 ] && wait_s=1
  echo "the agent ended with $code; starting it again in $wait_s s" >&2
  sleep "$wait_s" &
  child=$!
  wait "$child"
  [ -n "$stopping" ] && exit 0
  wait_s=$((wait_s * 2))
  [ "$wait_s" -gt 60 ] && wait_s=60
done
