import type {
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
} from "../../../platform/openapi.ts";
import type { JsonSchema } from "../../../platform/openapi_schemas.ts";
import { type Html, html } from "./html.ts";
import { schemaText } from "./schema_text.ts";

interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: OpenApiOperation;
}

/** The API's document as a page for people: no script, and one stylesheet beside it. */
export function docsPage({ info, paths, components }: OpenApiDocument): string {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Route => ({
      method: method.toUpperCase(),
      path,
      operation,
    }))
  );
  const groups = [...Map.groupBy(routes, ({ operation }) => operation.tags[0] ?? "other")];
  const schemas = Object.entries(components.schemas);
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${info.title}</title>
        <link rel="stylesheet" href="/api/docs.css">
      </head>
      <body>
        <nav aria-label="Contents">
    <p class="brand">${info.title} <small>${info.version}</small></p>
    ${groups.map(([tag, members]) =>
      html`
        <h2>${tag}</h2>
        <ul>${members.map(contentsLine)}</ul>
      `
    )}
    <h2>types</h2>
    <ul>${schemas.map(([name]) => html`<li><a href="#${name}">${name}</a></li>`)}</ul>
        </nav>
        <main>
    <header>
    <h1>${info.title}</h1>
    <p>${codeWords(info.description ?? "")}</p>
    <p><a href="/api/openapi.json">The same as OpenAPI 3.1</a></p>
    </header>
    ${groups.map(([tag, members]) =>
      html`<section><h2>${tag}</h2>${members.map(article)}</section>`
    )}
    <section><h2>types</h2>${schemas.map(([name, schema]) => typeArticle(name, schema))}</section>
        </main>
      </body>
    </html>
  `;
  return page.text;
}

function contentsLine({ method, operation }: Route): Html {
  const { operationId, summary } = operation;
  return html`<li><a href="#${operationId}">${badge(method)} ${summary}</a></li>`;
}

function badge(method: string): Html {
  return html`<span class="method ${method.toLowerCase()}">${method}</span>`;
}

function article({ method, path, operation }: Route): Html {
  const { operationId, summary, security, parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content["application/json"].schema;
  return html`
    <article id="${operationId}">
    <h3>${summary}</h3>
    <p class="route">${badge(method)} <code>${path}</code>
    ${security.length > 0 ? html`<span class="lock">needs an access token</span>` : ""}</p>
    <p class="name">operation id <code>${operationId}</code></p>
    ${parameters.length > 0 ? table("Parameters", parameters.map(parameterRow)) : ""}
    ${body === undefined ? "" : table("Body", propertyRows(body, "required"))}
    <h4>Answers</h4>
    <dl>${Object.entries(responses).map(([status, { description, content }]) =>
      html`<dt class="${status.startsWith("2") ? "good" : "bad"}">${status}</dt>
<dd>${codeWords(description)}${answerType(content)}</dd>`
    )}</dl>
    </article>
  `;
}

function answerType(content: Readonly<Record<string, { schema: JsonSchema }>> | undefined): Html {
  const schema = content?.["application/json"]?.schema;
  return schema === undefined ? html`` : html`: ${typeLink(schema)}`;
}

function typeArticle(name: string, schema: JsonSchema): Html {
  const about = schema.description;
  return html`
    <article id="${name}"><h3>${name}</h3>
    ${about === undefined ? "" : html`<p>${about}</p>`}
    ${table("Properties", propertyRows(schema, "always"))}</article>
  `;
}

function table(caption: string, rows: readonly Html[]): Html {
  return html`
    <h4>${caption}</h4>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">name</th>
            <th scope="col">type</th>
            <th scope="col">given</th>
          </tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}

function parameterRow({ name, in: where, required, schema }: OpenApiParameter): Html {
  return row(name, schema, `in the ${where}${required ? "" : ", optional"}`);
}

function propertyRows(schema: JsonSchema, whenRequired: string): Html[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, value]) =>
    row(
      name,
      typeof value === "boolean" ? {} : value,
      required.has(name) ? whenRequired : "optional",
    )
  );
}

function row(name: string, schema: JsonSchema, where: string): Html {
  return html`
    <tr>
      <th scope="row"><code>${name}</code></th>
      <td>${typeLink(schema)}${schema.description === undefined
        ? ""
        : html`<br><small>${schema.description}</small>`}</td>
      <td>${where}</td>
    </tr>
  `;
}

/** The type in words; a named one leads to its own part of the page, one level of a nameless object is shown. */
function typeLink(schema: JsonSchema): Html {
  const text = schemaText(schema);
  if (schema.$ref !== undefined) return html`<a href="#${text}">${text}</a>`;
  const nested = schema.anyOf?.find(isObject) ?? (isObject(schema) ? schema : undefined);
  const names = typeof nested === "object" ? Object.keys(nested.properties ?? {}) : [];
  return names.length === 0
    ? html`${text}`
    : html`${text} <small>with <code>${names.join(", ")}</code></small>`;
}

function isObject(schema: JsonSchema | boolean): boolean {
  return typeof schema === "object" && schema.properties !== undefined;
}

/** Text in which words between backticks are code. */
function codeWords(text: string): Html {
  const parts = text.split("`").map((part, i) =>
    i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`
  );
  return html`${parts}`;
}
