import { janusConfig } from "../local/janus_config.ts";

/** Janus's configuration as deploy/images/janus.sh fills it in, when it starts: file by file. */
export function janusTemplate(): Record<string, string> {
  return janusConfig({
    dir: "${JANUS_DIR}",
    modules: "${JANUS_MODULES}",
    wsIp: "${JANUS_WS_IP}",
    wsPort: "${JANUS_WS_PORT}",
    rtpMin: "${JANUS_RTP_MIN}",
    rtpMax: "${JANUS_RTP_MAX}",
    apiSecret: "${JANUS_API_SECRET}",
    adminKey: "${JANUS_ADMIN_KEY}",
    iceInterfaces: ["${JANUS_MEDIA_IP}"],
    nat: "${JANUS_NAT}",
  });
}
