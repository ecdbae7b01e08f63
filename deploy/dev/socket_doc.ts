import { z } from "zod";
import { ERRORS } from "../../src/contracts/errors.ts";
import { METHODS, NOTIFICATIONS } from "../../src/contracts/rpc.ts";
import { CLOSE_CODES, MAX_MESSAGE, SUBPROTOCOL } from "../../src/contracts/socket.ts";
import { schemaText } from "../../src/control/rooms/docs/schema_text.ts";
import { inputSchema, type JsonSchema } from "../../src/platform/openapi_schemas.ts";
import { markdownTable } from "./markdown_table.ts";

/** The text of docs/socket.md, made from the tables that the gateway answers by. */
export function socketDoc(): string {
  return `<!-- Made by \`./denow task docs\` from the tables in src/contracts: change those, not this. -->

# The socket

A page that speaks keeps one WebSocket to \`/ws\`, through nginx to any gateway. It offers the subprotocols
\`${SUBPROTOCOL}\` and \`jwt.<access token>\`; its Origin must be one of \`ROOMCAST_ORIGINS\`. Messages are
[JSON-RPC 2.0](https://www.jsonrpc.org/specification), one call a message, ${
    MAX_MESSAGE / 1024
  } KiB at most:

\`\`\`json
{ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": {} }
\`\`\`

When the socket breaks, connect again, to any gateway, and call \`resume\` with the seat and its secret within
\`ROOMCAST_SEAT_PARK_MS\`: the seat is yours still, and its sound never stopped. When \`resume\` is refused, \`join\` anew.

## Methods

A method of a _member_ needs a seat: call \`join\` first. Those that begin with \`room.\` go to the Room Manager with your token.

${
    Object.entries(METHODS).map(([name, { summary, caller, rate, params, result }]) =>
      `### \`${name}\`\n\n${summary}. For ${
        caller === "member" ? "a member" : "any open socket"
      }; counts as ${rate}.\n\n${fields("takes", params)}\n\n${fields("gives", result)}`
    ).join("\n\n")
  }

## Notifications

What a gateway says unasked. Those that are _kept_ can be asked for by \`events\` and come with \`resume\`.

${
    Object.entries(NOTIFICATIONS).map(([name, schema]) =>
      `### \`${name}\` (notification)\n\n${z.globalRegistry.get(schema)?.description ?? ""}.\n\n${
        fields("says", schema)
      }`
    ).join("\n\n")
  }

## Errors

The same everywhere: over HTTP as problem+json (RFC 9457) with the code in \`code\`, over JSON-RPC as \`error.code\` with the
name in \`error.data.code\`. _Again_: the same call may succeed later.

${
    markdownTable(
      ["code", "HTTP", "JSON-RPC", "again", "meaning"],
      Object.entries(ERRORS).map(([code, { status, rpc, retry, title }]) => [
        `\`${code}\``,
        String(status),
        String(rpc),
        retry ? "yes" : "",
        title,
      ]),
    )
  }

## Close codes

${
    markdownTable(
      ["code", "reason"],
      Object.values(CLOSE_CODES).map(({ code, reason }) => [String(code), reason]),
    )
  }
`;
}

/** The fields of an object, in a table; a sentence when there are none. */
function fields(verb: string, schema: z.ZodType): string {
  const { properties = {}, required = [] } = inputSchema(schema);
  const rows = Object.entries(properties as Record<string, JsonSchema>);
  if (rows.length === 0) return `It ${verb} nothing.`;
  return markdownTable(
    [verb, "type", "always"],
    rows.map(([name, type]) => [
      `\`${name}\``,
      schemaText(type).replaceAll("<", "\\<"),
      required.includes(name) ? "yes" : "no",
    ]),
  );
}
