/** Where Debian keeps daemons; not on the PATH of an ordinary user. */
const SBIN = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The PATH with the folders of daemons at its end. */
export function systemPath(path: string = Deno.env.get("PATH") ?? "/usr/bin:/bin"): string {
  const folders = path.split(":").filter((folder) => folder !== "");
  return [...folders, ...SBIN.filter((folder) => !folders.includes(folder))].join(":");
}

/** The full path of a command, or null when there is none. */
export function findCommand(command: string, path: string = systemPath()): string | null {
  const candidates = command.includes("/")
    ? [command]
    : path.split(":").map((folder) => `${folder}/${command}`);
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}
