/** What differs from one Janus to the next. Ports are text too, so that a template can name a value to be filled in. */
export interface JanusValues {
  /** Where this configuration is. */
  readonly dir: string;
  /** The folder of Janus's plugins/, transports/, events/ and loggers/. */
  readonly modules: string;
  /** Where its WebSocket API is; never public. */
  readonly wsIp: string;
  readonly wsPort: number | string;
  /** UDP ports for WebRTC media. */
  readonly rtpMin: number | string;
  readonly rtpMax: number | string;
  readonly apiSecret: string;
  readonly adminKey: string;
  /** Interfaces or addresses that media may use. Default: loopback only. */
  readonly iceInterfaces?: readonly string[];
  /** A line of the nat section that says how the internet sees those addresses. Default: none. */
  readonly nat?: string;
  /** How long (s) it keeps a session whose connection is gone. Default 45. */
  readonly reclaimS?: number;
}

/**
 * How long (s) Janus keeps the sessions of a gateway that is gone, for another to claim. Counted from a session's last
 * keepalive, which comes every 10 s: so a page has at least 35 s to come back, and needs 30.
 */
const RECLAIM_S = 45;

/** The configuration files of a Janus that does AudioBridge over WebSocket and nothing else. */
export function janusConfig(values: JanusValues): Record<string, string> {
  const { dir, modules, wsIp, wsPort, rtpMin, rtpMax, apiSecret, adminKey } = values;
  const interfaces = values.iceInterfaces ?? ["lo", "127.0.0.1"];
  const nat = values.nat === undefined ? "" : `  ${values.nat}\n`;
  return {
    "janus.jcfg": `general: {
  configs_folder = "${dir}"
  plugins_folder = "${modules}/plugins"
  transports_folder = "${modules}/transports"
  events_folder = "${modules}/events"
  loggers_folder = "${modules}/loggers"
  interface = "${wsIp}"
  api_secret = "${apiSecret}"
  debug_level = 3
  debug_timestamps = true
  debug_colors = false
  log_to_stdout = true
  session_timeout = 60
  reclaim_session_timeout = ${values.reclaimS ?? RECLAIM_S}
  hide_dependencies = true
}
certificates: {}
media: {
  ipv6 = false
  rtp_port_range = "${rtpMin}-${rtpMax}"
}
nat: {
  nice_debug = false
  full_trickle = false
  ice_lite = false
  ice_tcp = false
  ice_enforce_list = "${interfaces.join(",")}"
${nat}}
plugins: {
  disable = "${
      ["duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom"]
        .concat(["videocall", "videoroom", "voicemail"])
        .map((name) => `libjanus_${name}.so`).join(",")
    }"
}
transports: {
  disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so"
}
loggers: {
  disable = "libjanus_jsonlog.so"
}
events: {
  broadcast = false
}
`,
    "janus.transport.websockets.jcfg": `general: {
  json = "compact"
  ws = true
  ws_port = ${wsPort}
  ws_ip = "${wsIp}"
  wss = false
}
admin: {
  admin_ws = false
  admin_wss = false
}
`,
    "janus.plugin.audiobridge.jcfg": `general: {
  admin_key = "${adminKey}"
  lock_rtp_forward = true
  lock_play_file = true
  string_ids = true
  local_ip = "${wsIp}"
  rtp_port_range = "${rtpMin}-${rtpMax}"
}
`,
  };
}
