/** The folder of the project, without a slash at its end. */
export const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Where everything lives that is made here and not kept in git. */
export const LOCAL = `${ROOT}/.roomcast`;
