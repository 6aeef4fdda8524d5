import { oneLine, printable } from '../command-line/printable';

export interface SwitchView {
  readonly name: string;
  readonly tenant: string | null;
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

export interface PinView {
  readonly digest: string;
  readonly at: string;
  readonly by: string;
  readonly definition: unknown;
}

export interface ToolView {
  readonly name: string;
  readonly is_offered: boolean;
  readonly risk: string | null;
  readonly off: SwitchView | null;
  readonly approval?: {
    readonly state: 'approved' | 'new' | 'changed';
    readonly approved: PinView | null;
    readonly pending: PinView | null;
  };
}

/** What the gateway answers to `GET /admin/tools`. */
export interface ToolList {
  readonly tools: readonly ToolView[];
  readonly switches: readonly SwitchView[];
}

function stateOf({ is_offered: isOffered, off, approval }: ToolView): string {
  if (off !== null) return 'off';
  if (approval?.state === 'new') return 'new: waits for approval';
  if (approval?.state === 'changed') return 'changed: waits for approval';
  return isOffered ? 'on' : 'not offered';
}

const whoAndWhy = ({ by, at, reason }: SwitchView): string =>
  `${by} ${at}${reason === null ? '' : `: ${oneLine(reason, 200)}`}`;

/** A line for each tool, and one for each switch that holds. */
export function toolListText({ tools, switches }: ToolList): string {
  const width = Math.max(0, ...tools.map(({ name }) => name.length));
  const lines = tools.map((tool) => `${tool.name.padEnd(width)}  ${stateOf(tool)}`);
  const held = switches.map(
    (each) => `  ${each.name} for ${each.tenant ?? 'everybody'}, by ${whoAndWhy(each)}`,
  );
  const text = [...lines, ...(held.length === 0 ? [] : ['', 'Switched off:', ...held])].join('\n');
  return printable(text === '' ? 'No executor has offered a tool yet.\n' : `${text}\n`);
}

const shown = (title: string, pin: PinView | null): readonly string[] =>
  pin === null
    ? []
    : [
        `${title} (${pin.by}, ${pin.at})`,
        `digest ${pin.digest}`,
        JSON.stringify(pin.definition, undefined, 2),
        '',
      ];

/** All that is known of one tool: what was approved, and what waits. It is a stranger's text, for people to judge. */
export function toolText(tool: ToolView): string {
  const { approval } = tool;
  const lines = [
    `${tool.name}: ${stateOf(tool)}`,
    ...(tool.off === null ? [] : [`switched off by ${whoAndWhy(tool.off)}`]),
    '',
    ...shown('approved', approval?.approved ?? null),
    ...shown('waits for approval', approval?.pending ?? null),
  ];
  return printable(`${lines.join('\n').trimEnd()}\n`);
}
