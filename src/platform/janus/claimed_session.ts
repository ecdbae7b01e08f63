import type { JanodeConnection, JanodeSession } from "./janode.d.ts";
import { PluginHandle } from "./plugin_handle.ts";

/**
 * A session and handle that Janus knows from another connection, as janode's objects on this one. janode 1.8.0 cannot
 * `claim`: it makes sessions only by `create`, and passes on only what concerns those in its tables. So the objects
 * are made and entered here, as its own `create` and `attach` do. They hear nothing until Janus has granted the claim.
 *
 * @param like Any session of janode's: the package does not export the class.
 */
export function adoptSession(
  connection: JanodeConnection,
  like: JanodeSession,
  place: { readonly sessionId: number; readonly handleId: number },
  keepAliveS: number,
): { session: JanodeSession; handle: PluginHandle } {
  connection.setMaxListeners(connection.getMaxListeners() + 2);
  const session: JanodeSession = Reflect.construct(like.constructor, [
    connection,
    place.sessionId,
    keepAliveS,
  ]);
  connection._sessions.set(session.id, session);
  session.once("session_destroyed", () => {
    connection._sessions.delete(session.id);
    connection.setMaxListeners(connection.getMaxListeners() - 2);
  });
  const handle = new PluginHandle(session, place.handleId);
  session._handles.set(handle.id, handle);
  handle.once("handle_detached", () => session._handles.delete(handle.id));
  return { session, handle };
}
