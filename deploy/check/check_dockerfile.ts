import { DockerfileParser, From, type Instruction } from "dockerfile-ast";
import type { Check } from "./finding.ts";

const DOCKERFILE = "Dockerfile";

/** One build stage: its FROM, and what follows it. */
interface Stage {
  readonly name: string | null;
  /** The image or stage that it begins with. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

type Rule = (stages: readonly Stage[], read: (path: string) => string) => string[];

const SECRET = /SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|API_?KEY/i;

function line(instruction: Instruction): string {
  return `line ${instruction.getRange().start.line + 1}`;
}

/** Instructions that a rule says something of. */
function each(
  keywords: readonly string[],
  rule: (instruction: Instruction, stages: readonly Stage[]) => string | null,
): Rule {
  return (stages) =>
    stages.flatMap(({ instructions }) => instructions)
      .filter((instruction) => keywords.includes(instruction.getKeyword()))
      .flatMap((instruction) => {
        const wrong = rule(instruction, stages);
        return wrong === null ? [] : [`${line(instruction)}: ${wrong}`];
      });
}

/** The stages that are images: no other begins with them but one that is an image itself, and they run something. */
function images(stages: readonly Stage[]): Stage[] {
  return stages.filter(({ instructions }) =>
    instructions.some((one) => ["CMD", "ENTRYPOINT"].includes(one.getKeyword()))
  );
}

/** The instructions of a stage after those of the stages it begins with. */
function lineage(stage: Stage, stages: readonly Stage[]): Instruction[] {
  const base = stages.find(({ name }) => name === stage.base);
  return [...base ? lineage(base, stages) : [], ...stage.instructions];
}

const pinned: Rule = (stages) =>
  stages.filter(({ base }) => !stages.some(({ name }) => name === base))
    .filter(({ base }) => !/:[^:]*\d+\.\d+[^:]*$/.test(base))
    .map(({ base }) => `the base image ${base} names no exact version`);

const nonRoot: Rule = (stages) =>
  images(stages).flatMap((stage) => {
    const user = lineage(stage, stages).findLast((one) => one.getKeyword() === "USER")
      ?.getArgumentsContent();
    const isRoot = user === undefined || user === null || /^(root|0)(:|$)/.test(user);
    return isRoot ? [`${stage.name} runs as root`] : [];
  });

const healthy: Rule = (stages) =>
  images(stages)
    .filter((stage) => !lineage(stage, stages).some((one) => one.getKeyword() === "HEALTHCHECK"))
    .map(({ name }) => `${name} has no HEALTHCHECK`);

const labelled: Rule = (stages) =>
  images(stages).flatMap((stage) => {
    const labels = lineage(stage, stages).filter((one) => one.getKeyword() === "LABEL")
      .map((one) => one.getArgumentsContent() ?? "").join(" ");
    return ["title", "description", "licenses", "version", "revision"]
      .filter((label) => !labels.includes(`org.opencontainers.image.${label}=`))
      .map((label) => `${stage.name} has no label ${label}`);
  });

const slimFfmpeg: Rule = (stages) =>
  images(stages).flatMap((stage) => {
    const has = lineage(stage, stages).some((one) => /\bffmpeg\b/.test(one.toString()));
    if (stage.name === "mixer") return has ? [] : ["mixer has no FFmpeg"];
    return has ? [`${stage.name} has FFmpeg, which only mixers need`] : [];
  });

const execForm = each(["CMD", "ENTRYPOINT", "HEALTHCHECK"], (instruction) => {
  const text = instruction.toString().replace(/^.*\b(CMD|ENTRYPOINT)\s+/, "");
  return text.startsWith("[")
    ? null
    : "a shell stands between Docker and the program: write a JSON list";
});

const tidyApt = each(["RUN"], (instruction) => {
  const text = instruction.getArgumentsContent() ?? "";
  if (!/apt-get\s+install/.test(text)) return null;
  const wanted = [
    /apt-get update/,
    /--no-install-recommends/,
    /rm -rf [^&]*\/var\/lib\/apt\/lists\/\*/,
  ];
  const missing = wanted.filter((one) => !one.test(text));
  return missing.length === 0 ? null : `apt-get leaves things behind: no ${missing[0]?.source}`;
});

const noAdd = each(["ADD"], () => "ADD gets and unpacks things unseen: use COPY");

const noFetch = each(
  ["RUN"],
  (instruction) =>
    /\b(curl|wget)\b|https?:\/\//.test(instruction.getArgumentsContent() ?? "")
      ? "it fetches something that nothing pins"
      : null,
);

const noSecrets = each(
  ["ARG", "ENV"],
  (instruction) =>
    SECRET.test(instruction.getArgumentsContent() ?? "")
      ? "a secret would stay in the image's history"
      : null,
);

/** What COPY takes is in the tree or in the stage that it names, and .dockerignore lets it through. */
const sources: Rule = (stages, read) => {
  const ignored = read(".dockerignore").split("\n").filter((one) => one.startsWith("!"))
    .map((one) => one.slice(1));
  return stages.flatMap(({ instructions }) => instructions)
    .filter((one) => one.getKeyword() === "COPY")
    .flatMap((copy) => {
      const words = copy.toString().split(/\s+/).slice(1);
      const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
      const paths = words.filter((word) => !word.startsWith("--")).slice(0, -1);
      if (from !== undefined) {
        return stages.some(({ name }) => name === from)
          ? []
          : [`${line(copy)}: there is no stage ${from}`];
      }
      return paths.flatMap((path) => {
        const allowed = ignored.some((one) => path === one || path.startsWith(`${one}/`));
        if (!isThere(path)) return [`${line(copy)}: there is no ${path}`];
        return allowed ? [] : [`${line(copy)}: .dockerignore keeps ${path} out`];
      });
    });
};

const ROOT = new URL("../../", import.meta.url);

function isThere(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

const RULES: readonly Rule[] = [
  pinned,
  nonRoot,
  healthy,
  labelled,
  slimFfmpeg,
  execForm,
  tidyApt,
  noAdd,
  noFetch,
  noSecrets,
  sources,
];

function stagesOf(text: string): Stage[] {
  const stages: { name: string | null; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction instanceof From) {
      const [name, base] = [instruction.getBuildStage(), instruction.getImage() ?? ""];
      stages.push({ name, base, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Holds the Dockerfile against what keeps images small, pinned and without root. */
export const checkDockerfile: Check = (read) => {
  const stages = stagesOf(read(DOCKERFILE));
  const unpinned = /^# syntax=docker\/dockerfile:\d/.test(read(DOCKERFILE))
    ? []
    : ["its first line names no syntax version"];
  return [...unpinned, ...RULES.flatMap((rule) => rule(stages, read))]
    .map((message) => ({ file: DOCKERFILE, message }));
};
