/** One stage of a Dockerfile, with what it says itself. */
export interface Stage {
  readonly name: string;
  /** An earlier stage, or an image. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  readonly line: number;
  readonly word: string;
  readonly rest: string;
}

interface Dockerfile {
  readonly directives: readonly string[];
  readonly global: readonly Instruction[];
  readonly stages: readonly Stage[];
}

export function parseDockerfile(text: string): Dockerfile {
  const lines = text.split('\n');
  const directives = lines.filter((line) => /^#\s*(?:syntax|escape|check)\s*=/i.test(line));
  const global: Instruction[] = [];
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(lines)) {
    const [, from = '', name = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.rest) ?? [];
    if (instruction.word === 'FROM') stages.push({ name, from, instructions: [] });
    else (stages.at(-1)?.instructions ?? global).push(instruction);
  }
  return { directives, global, stages };
}

/** Continued lines as one; comments left out. */
function instructionsOf(lines: readonly string[]): readonly Instruction[] {
  const found: Instruction[] = [];
  let open = '';
  let begin = 0;
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (open === '') begin = index + 1;
    open += line.replace(/\\$/, ' ');
    if (line.endsWith('\\')) continue;
    const [, word = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(open) ?? [];
    found.push({ line: begin, word: word.toUpperCase(), rest: rest.replaceAll(/\s+/g, ' ').trim() });
    open = '';
  }
  return found;
}

export interface Surroundings {
  /** Whether the repository holds the file or folder. */
  readonly isThere: (path: string) => boolean;
  /** The targets that there must be, each with the folder of its program. */
  readonly targets: ReadonlyMap<string, string>;
  /** The stage in which things are built: nothing of it is shipped but what is copied. */
  readonly buildStage: string;
  /** What Node is told of its heap where it runs a service. */
  readonly heapOptions: readonly string[];
}

/** What an image of ours must not be, found without building it. */
export function dockerfileFaults(text: string, around: Surroundings): readonly string[] {
  const { directives, global, stages } = parseDockerfile(text);
  const missing = [...around.targets.keys()].filter((target) => !stages.some(({ name }) => name === target));
  return [
    ...directives.map(
      (directive) => `${directive}: a directive that would have to be fetched, or changes the language`,
    ),
    ...missing.map((target) => `there is no target ${target}`),
    ...global.flatMap(argumentFaults),
    ...stages.flatMap((stage) => fromFaults(stage, stages)),
    ...stages.flatMap((stage) => stage.instructions.flatMap((one) => instructionFaults(one, stage, around))),
    ...stages
      .filter(({ name }) => around.targets.has(name))
      .flatMap((stage) => targetFaults(stage, stages, around)),
  ];
}

/** Whoever builds names the images, by digest; none is taken for granted. */
const argumentFaults = ({ line, word, rest }: Instruction): readonly string[] =>
  word === 'ARG' && /_IMAGE=(?!\$\{\w+\}$)(?!\S+@sha256:[0-9a-f]{64}$)/.test(rest)
    ? [`line ${line}: an image that is not pinned by its digest: ${rest}`]
    : [];

const fromFaults = ({ name, from }: Stage, stages: readonly Stage[]): readonly string[] =>
  /^\$\{\w+_IMAGE\}$/.test(from) ||
  /@sha256:[0-9a-f]{64}$/.test(from) ||
  stages.some((stage) => stage.name === from)
    ? []
    : [`stage ${name}: ${from} is not pinned by its digest, nor the builder's to name`];

const isSecret = /(?:KEY|TOKEN|PASSWORD|SECRET|CREDENTIAL)/i;

function instructionFaults(one: Instruction, stage: Stage, around: Surroundings): readonly string[] {
  const { line, word, rest } = one;
  const isBuilding = stage.name === around.buildStage;
  const faults: string[] = [];
  if (word === 'ADD') faults.push('ADD fetches and unpacks: COPY');
  if (word === 'HEALTHCHECK') faults.push('HEALTHCHECK: clusters have probes of their own');
  if (word === 'RUN' && !isBuilding)
    faults.push('RUN outside the build stage takes a shell that the base need not have');
  if (word === 'RUN' && /\bnpm (?:ci|install)\b/.test(rest) && !rest.includes('--ignore-scripts'))
    faults.push('npm without --ignore-scripts runs what packages bring');
  if (['ARG', 'ENV'].includes(word) && isSecret.test(rest.replaceAll(/=\S*/g, '')))
    faults.push(`${word} would leave a secret in the image`);
  if (word === 'COPY') faults.push(...copyFaults(rest, around));
  return faults.map((fault) => `line ${line}: ${fault}`);
}

function copyFaults(rest: string, around: Surroundings): readonly string[] {
  const words = rest.split(' ');
  if (words.some((word) => word.startsWith('--from='))) return [];
  const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
  return sources.filter((path) => !around.isThere(path)).map((path) => `COPY of ${path}, which is not there`);
}

/** Of a stage and of what it is built upon, the nearest first. */
function inherited(stage: Stage, stages: readonly Stage[]): readonly Instruction[] {
  const below = stages.find(({ name }) => name === stage.from);
  return [...stage.instructions.toReversed(), ...(below === undefined ? [] : inherited(below, stages))];
}

function targetFaults(stage: Stage, stages: readonly Stage[], around: Surroundings): readonly string[] {
  const all = inherited(stage, stages);
  const last = (word: string): string => all.find((one) => one.word === word)?.rest ?? '';
  const faults: string[] = [];
  if (!/^[1-9]\d*:[1-9]\d*$/.test(last('USER')))
    faults.push(`runs as '${last('USER')}': user and group must be numbers, and not root's`);
  if (last('STOPSIGNAL') !== 'SIGTERM') faults.push('does not say that SIGTERM stops it');
  if (all.some(({ word }) => word === 'CMD')) faults.push('has a CMD beside its ENTRYPOINT');
  return [...faults, ...entryFaults(stage.name, last('ENTRYPOINT'), around)].map(
    (fault) => `target ${stage.name} ${fault}`,
  );
}

function entryFaults(target: string, entry: string, around: Surroundings): readonly string[] {
  const { isThere, targets, heapOptions } = around;
  const words = /^\[.*\]$/.test(entry) ? (JSON.parse(entry) as string[]) : [];
  if (words[0]?.startsWith('/') !== true)
    return ['needs a shell: ENTRYPOINT must be a list that begins with a path'];
  const scripts = words.filter((word) => /(?:^|\/)dist\/.*\.js$/.test(word));
  const sources = scripts.map((word) => word.replace(/^(?:\.\/)?dist\/(.*)\.js$/, '$1.ts'));
  const faults = sources
    .filter((path) => !isThere(path))
    .map((path) => `starts what is built from ${path}, which is not there`);
  const folder = targets.get(target) ?? '';
  if (sources.at(-1) !== `${folder}/src/main.ts`) faults.push('does not start its own program');
  const told = words.filter((word) => word.startsWith('--') && word !== '--require');
  if (folder.startsWith('apps/') && told.join(' ') !== heapOptions.join(' '))
    faults.push(`tells Node '${told.join(' ')}': every service has ${heapOptions.join(' ')}`);
  return faults;
}
