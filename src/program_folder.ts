import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds the program: its sources, packages, pages, and nginx's files. */
export const PROGRAM_FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));
