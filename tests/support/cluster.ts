import { type Cluster, type ClusterOptions, startCluster } from "../../deploy/local/cluster.ts";
import { tempDir } from "./temp_dir.ts";

/** A whole Roomcast for tests, on free ports, gone at the end of its scope. */
export interface TestCluster extends Cluster, AsyncDisposable {}

/**
 * Starts etcd, Redis, Janus, every role and nginx in a temporary folder. The pages must be built: `task test` does it.
 * Use it as `await using cluster = await testCluster()`, once a file.
 */
export async function testCluster(options: Omit<ClusterOptions, "dir"> = {}): Promise<TestCluster> {
  const dir = await tempDir();
  try {
    const cluster = await startCluster({ ...options, dir: dir.path });
    return {
      ...cluster,
      [Symbol.asyncDispose]: async () => {
        await cluster.stop();
        await dir[Symbol.asyncDispose]();
      },
    };
  } catch (err) {
    await dir[Symbol.asyncDispose]();
    throw err;
  }
}
