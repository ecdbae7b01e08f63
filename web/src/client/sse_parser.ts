/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/**
 * Reads `text/event-stream` as it comes, in whatever pieces (HTML §9.2.6). Comments are heartbeats, and give nothing.
 */
export class SseParser {
  #rest = "";
  #id: string | null = null;
  #event = "message";
  #data: string[] = [];

  /** The events that are whole now. */
  feed(text: string): ServerEvent[] {
    // A line may end in \r\n, and the \n may be in the next piece.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): ServerEvent | null {
    if (line === "") return this.#flush();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") this.#id = value;
    if (field === "event") this.#event = value;
    if (field === "data") this.#data.push(value);
    return null;
  }

  #flush(): ServerEvent | null {
    const event = { id: this.#id, event: this.#event, data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#id = null;
    this.#event = "message";
    this.#data = [];
    return empty ? null : event;
  }
}
