import type { OfferedTool } from '../chat/request';
import { type Capability, type Want, toolsFor } from './capabilities';
import type { Exchange } from './conversation';
import { type Findings, type Match, entriesIn, findingsOf, matchesIn, pathsIn } from './findings';

const maxFilesListed = 50;
const maxLinesQuoted = 40;
const maxLineLength = 400;

const plural = (count: number, one: string, many: string): string =>
  `${String(count)} ${count === 1 ? one : many}`;

/** A fence longer than any run of backticks within, so that quoted content cannot end it. */
function fenced(lines: readonly string[]): string {
  const text = lines
    .map((line) => (line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line))
    .join('\n');
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}\n${text}\n${fence}`;
}

function quoted(lines: readonly string[]): string {
  const rest = lines.length - maxLinesQuoted;
  const more = rest > 0 ? `\n(${plural(rest, 'line', 'lines')} more in the result.)` : '';
  return fenced(lines.slice(0, maxLinesQuoted)) + more;
}

const noted = (findings: Findings): string =>
  findings.notes.length === 0 ? '' : `\nThe tool added: ${findings.notes.join(' ')}`;

/** Says what stands between a call and its use, or tells of the findings. */
function withFindings(exchange: Exchange, goal: string, tell: (findings: Findings) => string): string {
  if (exchange.result === null)
    return `I could not ${goal}: no result of \`${exchange.tool}\` is in the conversation.`;
  const findings = findingsOf(exchange.result);
  if (findings.isError)
    return `I could not ${goal}: \`${exchange.tool}\` answered\n${quoted(exchange.result.trim().split('\n'))}`;
  return tell(findings);
}

const bulleted = (items: readonly string[]): string => {
  const rest = items.length - maxFilesListed;
  const more = rest > 0 ? `\n(and ${String(rest)} more)` : '';
  return (
    items
      .slice(0, maxFilesListed)
      .map((item) => `- ${item}`)
      .join('\n') + more
  );
};

function linesByFile(matches: readonly Match[]): Map<string, number[]> {
  const files = new Map<string, number[]>();
  for (const { path, line } of matches) {
    const lines = files.get(path);
    if (lines === undefined) files.set(path, [line]);
    else lines.push(line);
  }
  return files;
}

const tenNumbers = (lines: readonly number[]): string =>
  lines.length > 10 ? `${lines.slice(0, 10).join(', ')}, …` : lines.join(', ');

export const aboutGrep = (term: string, exchange: Exchange): string =>
  withFindings(exchange, `search for "${term}"`, (findings) => {
    const files = linesByFile(matchesIn(findings));
    if (files.size === 0) return nothingFound(`No file mentions "${term}"`, findings);
    const items = [...files].map(
      ([path, lines]) => `\`${path}\` (${lines.length === 1 ? 'line' : 'lines'} ${tenNumbers(lines)})`,
    );
    return `${plural(files.size, 'file mentions', 'files mention')} "${term}":\n${bulleted(items)}${noted(findings)}`;
  });

function nothingFound(statement: string, findings: Findings): string {
  const said = findings.lines.length === 0 ? '' : `; the tool answered\n${quoted(findings.lines)}`;
  return `${statement}${said === '' ? '.' : said}${noted(findings)}`;
}

export const aboutFound = (pattern: string, exchange: Exchange): string =>
  withFindings(exchange, `look for files named \`${pattern}\``, (findings) => {
    const paths = pathsIn(findings);
    if (paths.length === 0) return nothingFound(`No file matches \`${pattern}\``, findings);
    const items = paths.map((path) => `\`${path}\``);
    return `${plural(paths.length, 'file matches', 'files match')} \`${pattern}\`:\n${bulleted(items)}${noted(findings)}`;
  });

export function aboutList(path: string | undefined, exchange: Exchange): string {
  const place = path === undefined ? 'the workspace' : `\`${path}\``;
  return withFindings(exchange, `list ${place}`, (findings) => {
    const entries = entriesIn(findings);
    if (entries.length === 0) return nothingFound(`There is nothing in ${place}`, findings);
    const folders = entries.filter((entry) => entry.isFolder).length;
    const counts = `${plural(entries.length - folders, 'file', 'files')} and ${plural(folders, 'folder', 'folders')}`;
    return `In ${place} I see ${counts}:\n${bulleted(entries.map(({ name }) => `\`${name}\``))}${noted(findings)}`;
  });
}

export const aboutRead = (path: string, exchange: Exchange): string =>
  withFindings(exchange, `read \`${path}\``, (findings) => {
    if (findings.lines.length === 0) return `\`${path}\` is empty.${noted(findings)}`;
    const count = plural(findings.lines.length, 'line', 'lines');
    const verb = findings.lines.length > maxLinesQuoted ? 'begins' : 'reads';
    return `\`${path}\` (${count} read) ${verb}:\n${quoted(findings.lines)}${noted(findings)}`;
  });

/** For results that are quoted as they stand. */
export function aboutText(
  want: Extract<Want, { kind: 'tree' | 'system' | 'delegate' }>,
  exchange: Exchange,
): string {
  const goals = {
    tree: 'show the tree',
    system: 'look at the system',
    delegate: want.kind === 'delegate' ? `delegate to \`${want.agent}\`` : '',
  };
  const openings = {
    tree: 'The tree:',
    system: 'The system:',
    delegate: want.kind === 'delegate' ? `\`${want.agent}\` answered:` : '',
  };
  return withFindings(exchange, goals[want.kind], (findings) =>
    findings.lines.length === 0
      ? `\`${exchange.tool}\` answered with nothing.${noted(findings)}`
      : `${openings[want.kind]}\n${quoted(findings.lines)}${noted(findings)}`,
  );
}

export const aboutOther = (exchange: Exchange): string =>
  withFindings(exchange, `use \`${exchange.tool}\``, (findings) =>
    findings.lines.length === 0
      ? `\`${exchange.tool}\` answered with nothing.${noted(findings)}`
      : `\`${exchange.tool}\` answered:\n${quoted(findings.lines)}${noted(findings)}`,
  );

const deeds: Readonly<Record<Capability, string>> = {
  grep: 'search inside files',
  find: 'find files by name',
  list: 'list a folder',
  tree: 'show the tree',
  read: 'read a file',
  system: 'look at the system',
  delegate: 'delegate',
};

export function notOffered(want: Want): string {
  const whom = want.kind === 'delegate' ? ` to \`${want.agent}\`` : '';
  return `I would have to ${deeds[want.kind]}${whom} for that, and no tool that I was offered does it.`;
}

const examples: Readonly<Record<Capability, string>> = {
  grep: 'say which files mention a word ("which files mention Redis?")',
  read: 'show a file ("what is in README.md?")',
  list: 'list a folder ("list the files in docs/")',
  find: 'find files by name ("find files named *.ts")',
  tree: 'show the tree ("show the tree")',
  system: 'describe the system ("what system is this?")',
  delegate: 'delegate ("ask the web-researcher to …")',
};

const capabilities: readonly Capability[] = ['grep', 'read', 'list', 'find', 'tree', 'system', 'delegate'];

/** For small talk and for anything that no rule knows. */
export function introduction(said: string, tools: readonly OfferedTool[]): string {
  const isGreeting =
    /^\s*(?:hi|hello|hey|good (?:morning|day|evening)|thanks?|thank you|help|(?:who|what|which model) are you|what can you do)\b/i.test(
      said,
    );
  const able = capabilities.filter((capability) => toolsFor(capability, tools).length > 0);
  const can =
    able.length === 0
      ? 'I was offered no tool that I know how to use, so there is nothing I can look up.'
      : `With the tools that I was offered I can:\n${able.map((capability) => `- ${examples[capability]}`).join('\n')}`;
  return [
    isGreeting ? 'Hello. I am' : 'I have no rule for this request: I am',
    ' a simulation, a handful of rules that stands in while no language model is configured. ',
    `${can}\n\nFor real answers configure a model: set OPENAI_API_KEY or OPENAI_BASE_URL together with LUMINA_MODEL, or start Ollama.`,
  ].join('');
}
