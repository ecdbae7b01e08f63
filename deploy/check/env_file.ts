/** The lines `NAME=value` of an env file. */
export function envFile(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z]\w*)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}
