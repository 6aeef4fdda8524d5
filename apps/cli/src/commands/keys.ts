import type { Command } from '../command-line/command';
import { parseOptions, wholeNumber } from '../command-line/options';
import { printable } from '../command-line/printable';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { dataFolder } from '../data/data-folder';
import { askOwnGateway } from '../stack/own-gateway';

const usage = `Usage: lumina keys create --name NAME --scopes A,B [--tenant T] [--days N] [--json] [--data DIR]
       lumina keys list [--tenant T] [--json] [--data DIR]
       lumina keys revoke ID [--tenant T] [--json] [--data DIR]

Makes, shows and revokes API keys. A key is shown once, when it is made. A name may have two live keys, so that
one can take the place of the other before it is revoked.

  --name NAME    what the key is for
  --scopes A,B   what it may do: runs:read, runs:write, approve, admin, operator
  --tenant T     whose it is (default: the tenant of the development key)
  --days N       after so many days it opens nothing any more
  --json         the gateway's answer as it is
  --data DIR     which stack (default: LUMINA_DATA, else .lumina)
`;

const options = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  tenant: { type: 'string' },
  days: { type: 'string' },
  json: { type: 'boolean' },
  data: { type: 'string' },
} as const;

interface KeyLine {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
}

interface Wish {
  readonly path: string;
  readonly body?: unknown;
  readonly show: (answer: string) => string;
}

const wrong = (message: string): Refusal => new Refusal(`${message}\n\n${usage.trimEnd()}`, exitCodes.usage);

type Values = { readonly [Name in keyof typeof options]?: string | boolean };

const words = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function wishOf(action: string | undefined, id: string | undefined, values: Values): Wish {
  const tenant = words(values.tenant);
  const query = tenant === undefined ? '' : `?tenant=${encodeURIComponent(tenant)}`;
  if (action === 'list' && id === undefined) return { path: `/keys${query}`, show: listText };
  if (action === 'revoke' && id !== undefined) {
    const path = `/keys/${encodeURIComponent(id)}/revoke${query}`;
    return {
      path,
      body: {},
      show: () => `${printable(id)} is revoked; other gateways hear of it within seconds\n`,
    };
  }
  if (action === 'create' && id === undefined)
    return { path: '/keys', body: newKey(values), show: newKeyText };
  throw wrong(action === 'revoke' ? 'which key?' : 'create, list or revoke?');
}

function newKey(values: Values): unknown {
  const [name, scopes, tenant, days] = [values.name, values.scopes, values.tenant, values.days].map(words);
  if (name === undefined || scopes === undefined) throw wrong('a new key needs --name and --scopes');
  const lifeDays = days === undefined ? undefined : wholeNumber(days, 1, 3_650);
  if (days !== undefined && lifeDays === undefined) throw wrong('--days is a whole number from 1 to 3650');
  return { name, scopes: scopes.split(',').map((scope) => scope.trim()), tenant, days: lifeDays };
}

function newKeyText(answer: string): string {
  const { key, ...line } = JSON.parse(answer) as KeyLine & { readonly key: string };
  return `${printable(key)}\n\n${lineOf(line)}\nIt is shown this once: keep it where secrets are kept.\n`;
}

function listText(answer: string): string {
  const lines = (JSON.parse(answer) as readonly KeyLine[]).map(lineOf);
  return lines.length === 0 ? 'There are no issued keys.\n' : lines.join('');
}

function lineOf({ id, name, tenant, scopes, ...times }: KeyLine): string {
  const expiry = times.expires_at === null ? 'no expiry' : `until ${times.expires_at}`;
  const state = times.revoked_at === null ? expiry : `revoked ${times.revoked_at}`;
  const use = times.last_used_at === null ? 'never used' : `used ${times.last_used_at}`;
  return `${[id, name, tenant, scopes.join('+'), state, use].map(printable).join('  ')}\n`;
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const parsed = parseOptions(args, options, 2);
  if (parsed.kind === 'wrong') throw wrong(parsed.message);
  const [action, id] = parsed.positionals;
  const { path, body, show } = wishOf(action, id, parsed.values);
  const answer = await askOwnGateway(dataFolder(words(parsed.values.data), shell), path, body);
  shell.out.write(parsed.values.json === true ? `${answer.trim()}\n` : show(answer));
  return exitCodes.ok;
}

export const command: Command = { usage, run };
