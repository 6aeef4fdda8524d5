import { mcpServerSchema } from '@lumina/agent';
import type { ToolResult } from '../../tool';
import { McpLink, type LinkState, type LinkTimes } from '../mcp-link';
import { McpTransports } from '../mcp-transports';
import { noEgress } from '../../testing/no-egress';

export const quickTimes: LinkTimes = {
  firstRetryMs: 10,
  lastRetryMs: 50,
  refreshMs: 60_000,
  minRefreshMs: 5,
};

export interface LinkBench {
  readonly link: McpLink;
  readonly states: LinkState[];
  call(tool: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<ToolResult>;
  close(): Promise<void>;
}

export interface HttpLinkSettings {
  readonly headers?: Readonly<Record<string, string>>;
  readonly isInternal?: boolean;
  readonly callTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly times?: Partial<LinkTimes>;
}

/** A line to a server called `notes`. */
export function httpLink(url: string, settings: HttpLinkSettings = {}): LinkBench {
  const { times, isInternal = true, callTimeoutMs = 10_000, ...more } = settings;
  // The schema wants https of what is not internal; here the guard of addresses is asked, not the schema.
  const internal = mcpServerSchema.parse({
    transport: 'http',
    url,
    isInternal: true,
    callTimeoutMs,
    ...more,
  });
  const server = { ...internal, isInternal } as typeof internal;
  const transports = new McpTransports(
    { notes: server },
    {
      ...{ env: {}, workspaceRoot: '/nowhere', trusted: [], refused: [] },
      sandbox: () => undefined,
      note: () => 'none in this test',
      egress: noEgress,
    },
  );
  return started(server, () => transports.open('notes', server), times);
}

export function started(
  server: ReturnType<typeof mcpServerSchema.parse>,
  open: () => ReturnType<McpTransports['open']>,
  times: Partial<LinkTimes> = {},
): LinkBench {
  const states: LinkState[] = [];
  const link = new McpLink({
    name: 'notes',
    server,
    open,
    onListing: async () => undefined,
    onState: (state) => states.push(state),
    times: { ...quickTimes, ...times },
  });
  link.start();
  return {
    link,
    states,
    call: (tool, args, signal = new AbortController().signal) =>
      link.call(tool, args, { signal, timeoutMs: server.callTimeoutMs }),
    close: () => link.close(),
  };
}
