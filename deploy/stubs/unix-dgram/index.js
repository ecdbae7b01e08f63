exports.createSocket = () => {
  throw new Error("Cannot open a Unix datagram socket: Roomcast reaches Janus by WebSocket only");
};
