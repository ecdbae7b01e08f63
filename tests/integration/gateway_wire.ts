/** A wire that can be cut: neither end says goodbye. */
export function wireTo(url: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ends: Deno.Conn[] = [];
  const run = (async () => {
    for await (const near of listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
      ends.push(near, far);
      for (const [from, to] of [[near, far], [far, near]] as const) {
        from.readable.pipeTo(to.writable).catch(() => {});
      }
    }
  })();
  const drop = () => {
    for (const end of ends.splice(0)) {
      try {
        end.close();
      } catch { /* the pipe closed it */ }
    }
  };
  return {
    /** Breaks what is connected; who connects again gets through. */
    drop,
    url: `http://127.0.0.1:${listener.addr.port}`,
    cut: async () => {
      listener.close();
      await run;
      drop();
    },
  };
}
