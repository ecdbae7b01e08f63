#!/bin/sh
# Roomcast @VERSION@ in one file: this script, and behind it Deno and the program, packed. See docs/binary.md.
set -eu

name=@NAME@
offset=@OFFSET@
me=$(id -u)
self=$0
case $self in */*) ;; *) self=$(command -v -- "$self" || printf './%s' "$self") ;; esac
flock=$(command -v flock || true)

say() { printf 'roomcast: %s\n' "$*" >&2; }

# Whether only this user and root can put anything into a folder.
is_safe() {
  owner=$(stat -c %u -- "$1" 2>/dev/null) || return 1
  { [ "$owner" = "$me" ] || [ "$owner" = 0 ]; } &&
    [ -z "$(find "$1" -maxdepth 0 -perm /022)" ]
}

# Whether this version is in $base. Whoever runs from there keeps hold of it (fd 8), so that nobody tidies it away.
is_unpacked() {
  home=$base/$name
  [ -x "$home/deno" ] && is_safe "$home" || return 1
  [ -n "$flock" ] || return 0
  exec 8<"$home/deno"
  flock -s 8 && [ -x "$home/deno" ]
}

# Unpacks into a folder of its own, and puts that in place in one step.
unpack() {
  work=$(mktemp -d "$base/.unpacking.XXXXXX") || return 1
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  if ! tail -c "+$offset" -- "$self" | tar -xz -C "$work" --no-same-owner --no-same-permissions 2>/dev/null; then
    problem="no room in $base, or $self is damaged"
  elif ! DENO_DIR=$work "$work/deno" --version >/dev/null 2>&1; then
    problem="no program can be run in $base"
  else
    problem=
    chmod "$mode" "$work"
    rm -rf "${base:?}/$name"
    mv -T "$work" "$base/$name"
  fi
  rm -rf "$work"
  trap - EXIT INT TERM HUP
  [ -z "$problem" ]
}

# Other versions go, unless they run.
tidy() {
  for old in "$base"/roomcast-*; do
    [ "$old" != "$base/$name" ] && [ -O "$old" ] && [ -f "$old/deno" ] || continue
    ( flock -n -x 7 && rm -rf "$old" ) 7<"$old/deno" || true
  done
}

# Has this version in a folder; says in $problem why not.
settle_in() {
  problem="$1 cannot be made"
  ( umask 077; mkdir -p -- "$1" ) 2>/dev/null || [ -d "$1" ] || return 1
  base=$(CDPATH='' cd -- "$1" 2>/dev/null && pwd -P) || return 1
  problem="others than $(id -un) may write to $base"
  is_safe "$base" || return 1
  if is_unpacked; then return 0; fi
  problem="$base cannot be written"
  [ -w "$base" ] || return 1
  if [ -z "$flock" ]; then unpack && is_unpacked; return; fi
  exec 9>>"$base/.lock"
  flock 9
  # Whoever made these was killed: only one unpacks at a time.
  rm -rf "$base"/.unpacking.*
  done=0
  if ! is_unpacked; then { unpack && is_unpacked && tidy; } || done=1; fi
  exec 9>&-
  return "$done"
}

# roomcast unpack <folder>: for images, and systems where nothing can be written later; everybody may run it from there.
if [ "${1-}" = unpack ]; then
  [ $# = 2 ] || { say "unpack takes a folder"; exit 2; }
  umask 022
  mode=755
  mkdir -p -- "$2"
  settle_in "$2" || { say "Cannot unpack to $2: $problem"; exit 1; }
  DENO_DIR=$home/deno_dir "$home/deno" cache --quiet --no-check --no-lock --config "$home/deno.json" \
    "$home/src/main.ts" "$home"/src/permissions/print.ts "$home"/src/workers/*.worker.ts
  printf '%s\n' "$home"
  exit 0
fi

umask_before=$(umask)
umask 077
mode=700
if [ -n "${ROOMCAST_CACHE_DIR-}" ]; then
  settle_in "$ROOMCAST_CACHE_DIR" || { say "Cannot use ROOMCAST_CACHE_DIR: $problem"; exit 1; }
else
  settled=
  # Systemd makes that a link where the user is one of the moment.
  systemd=${CACHE_DIRECTORY:+$(readlink -f -- "${CACHE_DIRECTORY%%:*}")}
  # systemd's CacheDirectory=, then the user's own, then one of /tmp.
  for dir in ${systemd:+"$systemd"} ${XDG_CACHE_HOME:+"$XDG_CACHE_HOME/roomcast"} \
    ${HOME:+"$HOME/.cache/roomcast"} "${TMPDIR:-/tmp}/roomcast-$me"; do
    # Whoever may write to /tmp may put a link there.
    if [ ! -h "$dir" ] && settle_in "$dir"; then settled=yes; break; fi
  done
  [ -n "$settled" ] || { say "Cannot unpack: $problem; set ROOMCAST_CACHE_DIR to a folder that can be written"; exit 1; }
fi
umask "$umask_before"

export DENO_DIR="$home/deno_dir" DENO_NO_UPDATE_CHECK=1
# One flag a line.
flags=$("$home/deno" run --quiet --no-check --no-lock --no-prompt --config "$home/deno.json" --cached-only \
  --allow-read '--allow-env=ROOMCAST_*,PATH' --ignore-env "$home/src/permissions/print.ts" "$@")
IFS='
'
set -f
# shellcheck disable=SC2086
exec "$home/deno" run --quiet --no-check --no-lock --config "$home/deno.json" --cached-only $flags \
  "$home/src/main.ts" "$@"
