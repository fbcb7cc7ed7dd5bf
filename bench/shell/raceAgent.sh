#!/usr/bin/env bash
# One agent of the race that works with plain scripts, or with the command line of the product:
# takes a task, completes it where it is told how, and goes on until nothing is left or its time is
# up. Prints the ids that it got as JSON.
#
#   raceAgent.sh scripts QUEUE_SH AGENT SECONDS
#   raceAgent.sh commands NODE CLI_JS AGENT SECONDS
set -u
kind=$1
shift
got=''

echo ready
read -r -n 1 _

case $kind in
  scripts)
    script=$1 agent=$2 ends=$((SECONDS + $3))
    while [ $SECONDS -lt "$ends" ]; do
      id=$(bash "$script" next "$agent")
      [ -n "$id" ] || break
      bash "$script" claim "$id" "$agent" || continue
      got="$got${got:+,}$id"
      bash "$script" complete "$id" "$agent"
    done
    ;;
  commands)
    node=$1 cli=$2 agent=$3 ends=$((SECONDS + $4))
    while [ $SECONDS -lt "$ends" ]; do
      id=$("$node" "$cli" next "$agent" --claim)
      case $? in
        0) got="$got${got:+,}$id" ;;
        *) break ;;
      esac
    done
    ;;
esac
echo "{\"claimed\":[$got]}"
