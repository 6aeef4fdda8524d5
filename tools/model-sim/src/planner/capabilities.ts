import type { OfferedTool } from '../chat/request';

/** What the planner may want done; the offered tools decide whether and how it can be. */
export type Want =
  | { readonly kind: 'grep'; readonly term: string; readonly path: string | undefined }
  | { readonly kind: 'find'; readonly pattern: string; readonly path: string | undefined }
  | { readonly kind: 'list'; readonly path: string | undefined }
  | { readonly kind: 'tree'; readonly path: string | undefined }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'system' }
  | { readonly kind: 'delegate'; readonly agent: string; readonly task: string };

export type Capability = Want['kind'];

export interface PlannedCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const toolNames: Readonly<Record<Capability, RegExp>> = {
  grep: /grep|(search|find)_?in_?files|(content|text|code)_?search|search_?(content|text|code)/i,
  find: /file_?search|search_?files|find_?files?|glob/i,
  list: /list_?(dir|files|folder)|(dir|directory|folder)_?list|^ls$|^list$/i,
  tree: /tree/i,
  read: /read_?(text_?)?file|file_?read|(view|open|cat|get)_?file|^(read|cat)$/i,
  system: /os_?info|system_?info|platform_?info/i,
  delegate: /delegate|hand_?off|sub_?agent/i,
};

const pathNames = ['path', 'file_path', 'filepath', 'filename', 'file', 'directory', 'dir', 'folder', 'root'];
const patternNames = ['pattern', 'query', 'regex', 'search', 'text', 'term', 'glob', 'q', 'name'];
const agentNames = ['agent', 'agent_name', 'subagent', 'subagent_type', 'to', 'name'];
const taskNames = ['task', 'prompt', 'instructions', 'description', 'message', 'input'];

type Properties = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const propertiesOf = (tool: OfferedTool): Properties =>
  isObject(tool.parameters.properties) ? tool.parameters.properties : {};

export const toolsFor = (capability: Capability, tools: readonly OfferedTool[]): OfferedTool[] =>
  tools.filter((tool) => toolNames[capability].test(tool.name));

/** The first offered tool that can do it, with arguments from its own schema; undefined when none can. */
export function callFor(want: Want, tools: readonly OfferedTool[]): PlannedCall | undefined {
  for (const tool of toolsFor(want.kind, tools)) {
    const args = argumentsFor(want, propertiesOf(tool));
    if (args !== undefined && hasAllRequired(tool, args)) return { name: tool.name, args };
  }
  return undefined;
}

/** Agents that an offered delegation names in its schema; empty when it names none. */
export function knownAgents(tools: readonly OfferedTool[]): string[] {
  return toolsFor('delegate', tools).flatMap((tool) => {
    const properties = propertiesOf(tool);
    const name = agentNames.find((candidate) => candidate in properties);
    return name === undefined
      ? []
      : choicesOf(properties[name]).filter((choice) => typeof choice === 'string');
  });
}

function choicesOf(schema: unknown): unknown[] {
  if (!isObject(schema)) return [];
  if (Array.isArray(schema.enum)) return schema.enum;
  return 'const' in schema ? [schema.const] : [];
}

function argumentsFor(want: Want, properties: Properties): Record<string, unknown> | undefined {
  switch (want.kind) {
    case 'system':
      return {};
    case 'read':
      return filled(properties, [[pathNames, want.path]]);
    case 'list':
    case 'tree':
      return want.path === undefined ? {} : filled(properties, [[pathNames, want.path]]);
    case 'find':
      return findArguments(want, properties);
    case 'grep':
      return grepArguments(want, properties);
    case 'delegate':
      return filled(properties, [
        [agentNames, want.agent],
        [taskNames, want.task],
      ]);
  }
}

function findArguments(
  want: Extract<Want, { kind: 'find' }>,
  properties: Properties,
): Record<string, unknown> | undefined {
  const pattern = want.pattern.includes('/') ? want.pattern : `**/${want.pattern}`;
  if (want.path === undefined) return filled(properties, [[patternNames, pattern]]);
  const folder = want.path.replace(/\/+$/, '');
  return (
    filled(properties, [
      [patternNames, pattern],
      [pathNames, folder],
    ]) ?? filled(properties, [[patternNames, `${folder}/${pattern}`]])
  );
}

function grepArguments(
  want: Extract<Want, { kind: 'grep' }>,
  properties: Properties,
): Record<string, unknown> | undefined {
  const isLiteral = 'literal' in properties;
  const term = isLiteral ? want.term : want.term.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  const args = filled(properties, [
    [patternNames, term],
    ...(want.path === undefined ? [] : [[pathNames, want.path] as const]),
  ]);
  if (args === undefined) return undefined;
  if (isLiteral) args.literal = true;
  if ('ignore_case' in properties) args.ignore_case = true;
  return args;
}

/** One property per value: the first of its names that the schema has and that may hold it. */
function filled(
  properties: Properties,
  values: readonly (readonly [names: readonly string[], value: string])[],
): Record<string, unknown> | undefined {
  const args: Record<string, unknown> = {};
  for (const [names, value] of values) {
    const name = names.find((candidate) => !(candidate in args) && mayHold(properties, candidate, value));
    if (name === undefined) return undefined;
    args[name] = value;
  }
  return args;
}

function mayHold(properties: Properties, name: string, value: string): boolean {
  if (!Object.hasOwn(properties, name)) return false;
  const schema = properties[name];
  const choices = choicesOf(schema);
  if (choices.length > 0) return choices.includes(value);
  return !isObject(schema) || schema.type === undefined || [schema.type].flat().includes('string');
}

/** Fills required properties that the schema itself answers (a default, a single choice); false when one stays open. */
function hasAllRequired(tool: OfferedTool, args: Record<string, unknown>): boolean {
  const required = Array.isArray(tool.parameters.required) ? tool.parameters.required : [];
  const properties = propertiesOf(tool);
  return required.every((name) => {
    if (typeof name !== 'string' || name in args) return true;
    const schema = properties[name];
    const choices = choicesOf(schema);
    const [only] = choices;
    if (isObject(schema) && 'default' in schema) args[name] = schema.default;
    else if (choices.length === 1) args[name] = only;
    else if (pathNames.includes(name)) args[name] = '.';
    return name in args;
  });
}
