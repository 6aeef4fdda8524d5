import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { type DataFolder, dataFolder } from '../data/data-folder';
import { developmentKey } from '../data/dev-key';
import { ask } from '../gateway/http-exchange';
import { refusalOf } from '../runs/refusal-of';
import { runningStack } from '../stack/running-stack';
import { urlOf } from '../stack/stack-state';
import { type ToolList, toolListText, toolText } from '../tools/tool-list';

const usage = `Usage: lumina tools list [--tenant T] [--json]
       lumina tools show NAME [--json]
       lumina tools off NAME [--tenant T] [--reason TEXT]
       lumina tools on NAME [--tenant T]
       lumina tools approve NAME --digest DIGEST

Shows the tools of the running stack, and switches them off and on while it runs: every process heeds it within two seconds, and after
a restart. NAME is a tool, or mcp__SERVER for all tools of an MCP server. \`show\` prints what an MCP server says of a tool, and
\`approve\` lets a definition that is new or has changed be used.

  --tenant T       for this tenant only (default: for everybody)
  --reason TEXT    kept on record with who switched it and when
  --digest DIGEST  of the definition that \`show\` printed: another one is not approved
  --json           the gateway's answer as it is
  --data DIR       which stack (default: LUMINA_DATA, else .lumina)
`;

const timeoutMs = 10_000;
const actions = ['list', 'show', 'off', 'on', 'approve'] as const;
type Action = (typeof actions)[number];

interface Wanted {
  readonly action: Action;
  readonly name: string;
  readonly tenant: string | undefined;
  readonly reason: string | undefined;
  readonly digest: string | undefined;
  readonly isJson: boolean;
}

const wrong = (message: string): Refusal => new Refusal(`${message}\n\n${usage.trimEnd()}`, exitCodes.usage);

function wantedOf(args: readonly string[]): { readonly wanted: Wanted; readonly data: string | undefined } {
  const text = { type: 'string' } as const;
  const options = {
    tenant: text,
    reason: text,
    digest: text,
    json: { type: 'boolean' },
    data: text,
  } as const;
  const parsed = parseOptions(args, options, 2);
  if (parsed.kind === 'wrong') throw wrong(parsed.message);
  const { tenant, reason, digest, json, data } = parsed.values;
  const [first, name = ''] = parsed.positionals;
  const action = actions.find((each) => each === first);
  if (action === undefined) throw wrong(first === undefined ? 'do what?' : `there is no 'tools ${first}'`);
  if (action === 'list' && name !== '') throw wrong(`unexpected argument '${name}'`);
  if (action !== 'list' && name === '') throw wrong('which tool?');
  if (action === 'approve' && digest === undefined)
    throw wrong('approving needs the digest that `show` prints');
  return { wanted: { action, name, tenant, reason, digest, isJson: json === true }, data };
}

interface Gateway {
  readonly url: string;
  readonly key: string;
}

function gatewayOf(data: DataFolder): Gateway {
  const state = runningStack(data);
  const url = state === undefined ? undefined : urlOf(state, 'gateway');
  if (url === undefined)
    throw new Refusal(`no stack runs in ${data.root}: start it with \`lumina up --detach\`, then ask again`);
  return { url, key: developmentKey(data.devKey) };
}

async function call(gateway: Gateway, path: string, body?: Readonly<Record<string, unknown>>) {
  const question = {
    headers: { 'x-api-key': gateway.key },
    timeoutMs,
    ...(body && { method: 'POST' as const, body }),
  };
  const { status, text } = await ask(`${gateway.url}/admin/tools${path}`, question).catch(
    (error: unknown) => {
      throw new Refusal(
        `the gateway does not answer: ${(error as Error).message}. \`lumina status\` shows the stack`,
      );
    },
  );
  if (status !== 200) throw refusalOf(status, text);
  return text;
}

async function listed(gateway: Gateway, { action, name, tenant, isJson }: Wanted): Promise<string> {
  const text = await call(gateway, tenant === undefined ? '' : `?tenant=${encodeURIComponent(tenant)}`);
  const list = JSON.parse(text) as ToolList;
  if (action === 'list') return isJson ? `${text.trim()}\n` : toolListText(list);
  const tool = list.tools.find((each) => each.name === name);
  if (tool === undefined) throw new Refusal(`there is no tool ${name}; \`lumina tools list\` names them`);
  return isJson ? `${JSON.stringify(tool)}\n` : toolText(tool);
}

async function changed(gateway: Gateway, wanted: Wanted): Promise<string> {
  const { action, name, tenant, reason, digest } = wanted;
  const body = action === 'approve' ? { digest } : { tenant, reason };
  const answer = await call(gateway, `/${encodeURIComponent(name)}/${action}`, body);
  if (wanted.isJson) return `${answer.trim()}\n`;
  if (action === 'approve') return `${name} is approved as it is now.\n`;
  const whom = tenant === undefined ? 'everybody' : `tenant ${tenant}`;
  const isChanged = (JSON.parse(answer) as { changed?: unknown }).changed === true;
  return action === 'off'
    ? `${name} is off for ${whom}, in every process within two seconds.\n`
    : isChanged
      ? `${name} is on for ${whom} again.\n`
      : `${name} was not off for ${whom}.\n`;
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { wanted, data } = wantedOf(args);
  const gateway = gatewayOf(dataFolder(data, shell));
  const isLook = wanted.action === 'list' || wanted.action === 'show';
  shell.out.write(await (isLook ? listed(gateway, wanted) : changed(gateway, wanted)));
  return exitCodes.ok;
}

export const command: Command = { usage, run };
