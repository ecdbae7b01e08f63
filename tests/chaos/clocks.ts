/** Where Debian keeps libfaketime, by architecture. */
const LIBRARIES = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];
/** The processes whose clock can be stepped. */
const STEPPED = /^(mixer|janus|janus-gateway)-\d+$/;

/** The library that gives a process a clock of its own, or null when it is not installed (Debian: faketime). */
export function clockLibrary(): string | null {
  return LIBRARIES.find((path) => isFile(path)) ?? null;
}

/** The file that says how far a process's clock is off. */
export function clockFile(dir: string, name: string): string {
  return `${dir}/clocks/${name}`;
}

/** The environment of a process whose wall clock is as the file says; its monotonic clock never steps. */
export function clockSettings(library: string, file: string, name: string): Record<string, string> {
  if (!STEPPED.test(name)) return {};
  setClock(file, 0);
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    // Processes of one node must see a step at the same moment.
    FAKETIME_NO_CACHE: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
}

/** Steps a clock to so many seconds ahead of the true one, or behind it. */
export function setClock(file: string, seconds: number): void {
  Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}\n`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
