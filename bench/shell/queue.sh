#!/usr/bin/env bash
# The operations of a queue as plain scripts do them: a lock directory for each task, the queue in
# one JSON file that jq rewrites, the audit trail as lines of JSON.
#
# A baseline, written as such systems are: nothing here is durable, and the queue file is rewritten
# without a lock of its own, so that updates get lost.
#
#   queue.sh next AGENT | claim ID AGENT | complete ID AGENT | acquire ID AGENT | release ID
#            | log EVENT ID AGENT MESSAGE | dependencies ID | assign ID | clean
set -u
queue=TASK_QUEUE.json
locks=AI/locks
audit=AI/audit/task_audit.jsonl
lock_timeout=3600
agents='Copilot Claude ChatGPT'

log() {
  echo "{\"timestamp\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",\"event\":\"$1\",\"task_id\":$2,\"ai_agent\":\"$3\",\"message\":\"$4\"}" >> "$audit"
}

acquire() {
  local dir="$locks/task_$1.lock"
  mkdir "$dir" 2> /dev/null || return 1
  echo "$2" > "$dir/owner"
  date +%s > "$dir/timestamp"
  echo $$ > "$dir/pid"
}

release() {
  rm -rf "$locks/task_$1.lock"
}

rewrite() {
  jq "$@" "$queue" > "$queue.$$" && mv "$queue.$$" "$queue"
}

dependencies_done() {
  [ "$(jq --argjson id "$1" '
    (.queue | map({key: (.id | tostring), value: .status}) | from_entries) as $status
    | [.queue[] | select(.id == $id) | .dependencies[] | select($status[tostring] != "completed")]
    | length' "$queue")" = 0 ]
}

next_task() {
  jq -r '
    (.queue | map({key: (.id | tostring), value: .status}) | from_entries) as $status
    | {"CRITICAL": 0, "HIGH": 1, "NORMAL": 2, "LOW": 3} as $rank
    | [.queue[] | select(.status == "pending")
        | select(all(.dependencies[]; $status[tostring] == "completed"))]
    | sort_by($rank[.priority]) | .[].id' "$queue" | while read -r id; do
    [ -d "$locks/task_$id.lock" ] && continue
    echo "$id"
    break
  done
}

claim() {
  acquire "$1" "$2" || return 1
  local status
  status=$(jq -r --argjson id "$1" '.queue[] | select(.id == $id) | .status' "$queue")
  if [ "$status" != pending ] || ! dependencies_done "$1"; then
    release "$1"
    return 1
  fi
  rewrite --argjson id "$1" --arg agent "$2" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    '(.queue[] | select(.id == $id)) |= (.status = "in_progress" | .assigned_to = $agent | .claimed_on = $at)'
  log CLAIMED "$1" "$2" "Task claimed"
}

complete() {
  rewrite --argjson id "$1" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    '(.queue[] | select(.id == $id)) |= (.status = "completed" | .completed_on = $at)'
  log COMPLETED "$1" "$2" "Task completed"
  release "$1"
}

assign() {
  local best='' least='' agent held
  for agent in $agents; do
    held=$(jq --arg agent "$agent" \
      '[.queue[] | select(.status == "in_progress" and .assigned_to == $agent)] | length' "$queue")
    if [ -z "$least" ] || [ "$held" -lt "$least" ]; then
      least=$held
      best=$agent
    fi
  done
  claim "$1" "$best"
}

clean() {
  local dir now age pid
  now=$(date +%s)
  for dir in "$locks"/task_*.lock; do
    [ -d "$dir" ] || continue
    age=$((now - $(cat "$dir/timestamp")))
    pid=$(cat "$dir/pid")
    if [ "$age" -gt "$lock_timeout" ] && ! kill -0 "$pid" 2> /dev/null; then
      rm -rf "$dir"
      log STALE_LOCK 0 system "Removed $dir"
    fi
  done
}

verb=$1
shift
case $verb in
  next) next_task "$@" ;;
  claim) claim "$@" ;;
  complete) complete "$@" ;;
  acquire) acquire "$@" && log LOCK_ACQUIRED "$1" "$2" "Lock acquired" ;;
  release) release "$@" && log LOCK_RELEASED "$1" system "Lock released" ;;
  log) log "$@" ;;
  dependencies)
    jq -r --argjson id "$1" '
      INDEX(.queue[]; .id) as $tasks
      | .queue[] | select(.id == $id) | .dependencies[] | "\(.) \($tasks[tostring].status)"' "$queue"
    ;;
  assign) assign "$@" ;;
  clean) clean ;;
esac
