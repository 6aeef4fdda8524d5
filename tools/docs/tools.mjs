// Writes docs/tools.md from the catalogue that the executor really offers, or checks that it is up to date.
//
// Usage: node tools/docs/tools.mjs [--write]     without --write: exit 1 if the file differs
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
execFileSync(process.execPath, [resolve(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' });

const require = createRequire(import.meta.url);
const load = (path) => require(resolve(root, 'dist/apps/tool-executor/src', path));
const { tools: fileTools, webTools } = load('tools/index.js');
const { shellTool } = load('tools/shell.js');
const { runCodeTool } = load('tools/run-code.js');
const { executorSettings } = load('settings.js');
const programs = executorSettings.LUMINA_SHELL_PROGRAMS.default.split(',');
// What they are, not what they do: no provider is asked and no program is run here.
const tools = [
  ...fileTools,
  shellTool({ programs, grants: { scripts: false } }),
  runCodeTool({}),
  ...webTools({ search: { name: 'a search engine' }, weather: { name: 'a weather service' } }),
];
const { offerOf, toolErrorTypes } = load('tool.js');

// Tools describe globs and patterns, which Markdown would take for emphasis.
const plain = (text) => text.replaceAll('*', '\\*').replaceAll('<', '\\<');
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const asks = { read: 'no', write: 'no', dangerous: 'yes' };

const plural = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;
const seconds = (ms) => `${ms / 1_000} s`;

function repeated({ isIdempotent, reconcile }) {
  if (isIdempotent) return 'run again';
  return reconcile === undefined ? 'reported as unknown' : 'asked what became of it';
}

/** How a value may look: its type and its bounds. */
function kindOf(schema) {
  const { type, minimum, maximum, minLength, maxLength, minItems, maxItems, items, enum: values } = schema;
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(' or ');
  if (type === 'array')
    return `list of ${bounds(minItems, maxItems)} ${items?.type === 'object' ? 'objects' : `${kindOf(items ?? {})}s`}`;
  if (type === 'string')
    return maxLength === undefined ? 'text' : `text of ${bounds(minLength ?? 0, maxLength)} characters`;
  if (minimum !== undefined || maximum !== undefined) return `${type} ${bounds(minimum, maximum)}`;
  return type ?? (schema.anyOf ?? schema.oneOf ?? []).map(kindOf).join(' or ');
}

const number = (value) => value.toLocaleString('en-US');
const bounds = (low, high) =>
  [low === undefined ? '' : number(low), high === undefined ? '' : `to ${number(high)}`]
    .filter(Boolean)
    .join(' ');

/** A row for each argument, and for each field of the objects in a list. */
function argumentRows({ properties = {}, required = [] }, prefix = '') {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const given = required.includes(name)
      ? '(required)'
      : schema.default === undefined
        ? ''
        : `\`${JSON.stringify(schema.default)}\``;
    const own = [`\`${prefix}${name}\``, kindOf(schema), given, plain(schema.description ?? '')];
    const inner = schema.type === 'array' && schema.items?.type === 'object' ? schema.items : undefined;
    return [row(own), ...(inner ? argumentRows(inner, `${prefix}${name}[].`) : [])];
  });
}

function section(tool) {
  const { name, description, parameters, risk, timeoutMs } = offerOf(tool);
  const rows = argumentRows(parameters);
  const cached = tool.cacheMs === undefined ? '' : ` Answers may be ${seconds(tool.cacheMs)} old.`;
  const limited =
    tool.rateLimit === undefined
      ? ''
      : ` A user may make ${plural(tool.rateLimit.calls, 'call')} in ${seconds(tool.rateLimit.perMs)}.`;
  const marked = tool.quotes?.what === 'all' ? ' What it returns is marked as written by others.' : '';
  return [
    `### ${name}`,
    '',
    plain(description),
    '',
    `Risk: ${risk}. Time limit: ${seconds(timeoutMs)}. After a crash: ${repeated(tool)}.${cached}${limited}${marked}`,
    '',
    ...(rows.length === 0
      ? ['It has no arguments.']
      : [row(['argument', 'is', 'default', 'meaning']), '| --- | --- | --- | --- |', ...rows]),
    '',
  ];
}

const overview = tools.map((tool) => {
  const { name, risk, timeoutMs } = offerOf(tool);
  return row([`[${name}](#${name})`, risk, asks[risk], repeated(tool), seconds(timeoutMs)]);
});

const text = (name) => readFileSync(resolve(root, 'tools/docs', name), 'utf8').trimEnd();
const unexplained = toolErrorTypes.filter((type) => !text('tools.tail.md').includes(`\`${type}\``));
if (unexplained.length > 0)
  throw new Error(`tools/docs/tools.tail.md does not explain errors of kind ${unexplained.join(', ')}`);

const page = [
  text('tools.head.md'),
  '',
  '| tool | risk | a person is asked | after a crash | time limit |',
  '| --- | --- | --- | --- | --- |',
  ...overview,
  '',
  text('tools.tail.md'),
  '',
  '## The tools',
  '',
  ...tools.flatMap(section),
].join('\n');

const path = resolve(root, 'docs/tools.md');
const wanted = await format(page, { ...(await resolveConfig(path)), parser: 'markdown' });
let present = '';
try {
  present = readFileSync(path, 'utf8');
} catch {
  // It is written for the first time.
}
if (process.argv.includes('--write')) {
  writeFileSync(path, wanted);
} else if (present !== wanted) {
  console.error('docs/tools.md is not what the catalogue says: node tools/docs/tools.mjs --write');
  process.exitCode = 1;
}
