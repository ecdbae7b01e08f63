#!/bin/bash
# Whether what runs here is ready. For health checks, without any program that an image would have to bring:
#
#     ready http <port> <path>   an HTTP server answers with 200
#     ready websocket            Janus takes a WebSocket
#     ready role [<role>]        that role, or those that this container was told to serve
#
# It asks at the address and port that the service was told, which it finds in the same environment.
set -euo pipefail

# status <host> <port> <request>: the first line of the answer
status() {
  local line
  exec 3<>"/dev/tcp/$1/$2"
  printf '%s\r\n\r\n' "$3" >&3
  IFS= read -r -t 2 line <&3
  exec 3<&- 3>&-
  printf '%s\n' "${line%$'\r'}"
}

http() {
  local host=${ROOMCAST_BIND:-127.0.0.1}
  [[ $host == 0.0.0.0 ]] && host=127.0.0.1
  [[ $(status "$host" "$1" "GET $2 HTTP/1.0"$'\r\n'"Host: $host") == "HTTP/1."?" 200 "* ]]
}

websocket() {
  local host=${JANUS_WS_IP:-127.0.0.1} request
  [[ $host == 0.0.0.0 ]] && host=127.0.0.1
  printf -v request '%s\r\n' "GET / HTTP/1.1" "Host: $host" "Upgrade: websocket" "Connection: Upgrade" \
    "Sec-WebSocket-Protocol: janus-protocol" "Sec-WebSocket-Key: cm9vbWNhc3QtaXMtcmVhZHk=" \
    "Sec-WebSocket-Version: 13"
  [[ $(status "$host" "${JANUS_WS_PORT:-8188}" "${request%$'\r\n'}") == "HTTP/1.1 101 "* ]]
}

# The roles that the processes here were told to serve.
served() {
  local file arg found=
  for file in /proc/[0-9]*/cmdline; do
    found=
    while IFS= read -r -d '' arg; do
      [[ -n $found ]] && printf '%s\n' "$arg"
      [[ $arg == serve ]] && found=yes
    done 2>/dev/null <"$file" || true
  done
}

role() {
  case $1 in
    rooms) http "${ROOMCAST_ROOMS_PORT:-3000}" /readyz ;;
    users) http "${ROOMCAST_USERS_PORT:-8085}" /readyz ;;
    gateway) http "${ROOMCAST_GATEWAY_PORT:-8081}" /readyz ;;
    edge) http "${ROOMCAST_EDGE_PORT:-8090}" /readyz ;;
    janus) http "${ROOMCAST_JANUS_HTTP_PORT:-3030}" /readyz ;;
    mixer) http "${ROOMCAST_MIXER_PORT:-3001}" /readyz ;;
    *)
      echo "There is no way to ask a \"$1\"" >&2
      return 2
      ;;
  esac
}

roles() {
  local name any=
  for name in "$@"; do
    any=yes
    role "$name"
  done
  [[ -n $any ]]
}

case ${1-} in
  http) http "$2" "$3" ;;
  websocket) websocket ;;
  role)
    if [[ -n ${2-} ]]; then role "$2"; else roles $(served | sort -u); fi
    ;;
  *)
    echo "ready http <port> <path>, ready websocket, or ready role [<role>]" >&2
    exit 2
    ;;
esac
