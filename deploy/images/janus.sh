#!/bin/sh
# Starts Janus with a configuration made from the environment, in a folder that only its user can read.
#
#     JANUS_WS_IP, JANUS_WS_PORT    where gateways and the manager reach it; never public
#     JANUS_MEDIA_IP                the address its WebRTC media go by
#     JANUS_PUBLIC_IP               that address as the internet sees it, where it is another; may be empty
#     JANUS_PUBLIC_IPS, NODE_NAME   or a folder with a file for each machine, called by its name, that says the same
#     JANUS_RTP_MIN, JANUS_RTP_MAX  its UDP ports for media: one for each speaker
#     JANUS_API_SECRET_FILE, JANUS_ADMIN_KEY_FILE
#     JANUS_DIR (/run/janus), JANUS_TEMPLATES (/usr/share/roomcast/janus)
set -eu
umask 077

fail() {
  echo "roomcast-janus: $*" >&2
  exit 1
}

# secret <name>: the content of the file that the variable <name>_FILE names
secret() {
  eval "file=\${$1_FILE:-}"
  [ -n "$file" ] || fail "$1_FILE is not set"
  [ -r "$file" ] || fail "Cannot read $1_FILE: $file is not a readable file"
  value=$(cat "$file")
  [ "${#value}" -ge 16 ] || fail "$1_FILE holds fewer than 16 characters"
  case $value in *[!A-Za-z0-9_.-]*) fail "$1_FILE holds other than letters, digits, _ . and -" ;; esac
  eval "$1=\$value"
  export "$1"
}

plain() {
  eval "value=\${$1:-}"
  [ -n "$value" ] || fail "$1 is not set"
  case $value in *[!0-9A-Za-z_./:-]*) fail "Cannot use $1: it holds a character Janus would misread" ;; esac
  export "$1"
}

secret JANUS_API_SECRET
secret JANUS_ADMIN_KEY
JANUS_WS_PORT=${JANUS_WS_PORT:-8188}
JANUS_DIR=${JANUS_DIR:-/run/janus}
for name in JANUS_WS_IP JANUS_WS_PORT JANUS_MEDIA_IP JANUS_RTP_MIN JANUS_RTP_MAX JANUS_DIR; do
  plain "$name"
done
public_ip=${JANUS_PUBLIC_IPS:-}/${NODE_NAME:-}
if [ -n "${JANUS_PUBLIC_IPS:-}" ] && [ -n "${NODE_NAME:-}" ] && [ -e "$public_ip" ]; then
  [ -r "$public_ip" ] || fail "Cannot read $public_ip"
  JANUS_PUBLIC_IP=$(cat "$public_ip")
fi
JANUS_NAT=
if [ -n "${JANUS_PUBLIC_IP:-}" ]; then
  plain JANUS_PUBLIC_IP
  # Its own address stays known, too: a TURN server beside it reaches it there.
  JANUS_NAT="nat_1_1_mapping = \"$JANUS_PUBLIC_IP\"
  keep_private_host = true"
fi
JANUS_MODULES=
for folder in /usr/lib/*/janus /usr/lib/janus /opt/janus/lib/janus; do
  if [ -f "$folder/plugins/libjanus_audiobridge.so" ]; then
    JANUS_MODULES=$folder
    break
  fi
done
[ -n "$JANUS_MODULES" ] || fail "There is no libjanus_audiobridge.so: install the package janus"
export JANUS_NAT JANUS_MODULES

mkdir -p "$JANUS_DIR"
for template in "${JANUS_TEMPLATES:-/usr/share/roomcast/janus}"/*.jcfg; do
  [ -f "$template" ] || fail "There are no templates at ${JANUS_TEMPLATES:-/usr/share/roomcast/janus}"
  # The values go by the environment: what is an argument, everybody on the machine can read.
  awk '{
    line = $0
    out = ""
    while (match(line, /\$\{[A-Z_]+\}/)) {
      name = substr(line, RSTART + 2, RLENGTH - 3)
      out = out substr(line, 1, RSTART - 1) ENVIRON[name]
      line = substr(line, RSTART + RLENGTH)
    }
    print out line
  }' "$template" >"$JANUS_DIR/${template##*/}"
done
unset JANUS_API_SECRET JANUS_ADMIN_KEY
exec janus -F "$JANUS_DIR" -C "$JANUS_DIR/janus.jcfg"
