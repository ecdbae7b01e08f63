/** What the doctor says of one thing. `fix` says what to do when it is not well. */
export type Finding =
  | { readonly ok: true; readonly what: string; readonly detail: string; readonly fix?: never }
  | { readonly ok: false; readonly what: string; readonly detail: string; readonly fix: string };

export function well(what: string, detail: string): Finding {
  return { ok: true, what, detail };
}

export function unwell(what: string, detail: string, fix: string): Finding {
  return { ok: false, what, detail, fix };
}
