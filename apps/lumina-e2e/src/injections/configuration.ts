const reading = ['read_file', 'list_directory', 'file_search', 'grep_search', 'tree_view'];
const writing = [
  ...reading,
  ...['write_file', 'multi_replace_in_file', 'apply_patch', 'copy_file', 'move_file', 'delete_file'],
];
const programs = [...reading, 'shell', 'run_code'];

/** The tool of the stranger that everybody may call, and those whose descriptions are bait, by their place in the list of injections. */
export const minutes = 'mcp__stranger__minutes';
export const askedFor = 'mcp__stranger__publish';
export const topicOf = (place: number): string => `topic_${place}`;
export const describedAgent = (place: number): string => `described-${place}`;
/** Tools of the server that says something else later. */
export const shiftingOf = (place: number): string => `calm_${place}`;

interface Agent {
  readonly tools: readonly string[];
  readonly policy?: Readonly<Record<string, 'allow' | 'deny'>>;
  readonly subagents?: readonly string[];
  readonly egress?: readonly string[];
}

const runs = Object.fromEntries(['shell', 'run_code'].map((tool) => [tool, 'allow'] as const));

const agents = (site: string): Readonly<Record<string, Agent>> => ({
  reader: { tools: reading },
  writer: { tools: writing },
  asker: { tools: [...programs, askedFor] },
  runner: { tools: programs, policy: runs },
  netrunner: { tools: programs, policy: runs, egress: [new URL(site).host] },
  denied: { tools: writing, policy: { write_file: 'deny', copy_file: 'deny' } },
  surfer: { tools: ['web_search', 'web_crawl', 'fetch_as_markdown', 'get_weather'] },
  delegator: { tools: reading, subagents: ['surfer'] },
});

/** As a file has it; each agent may call `mine`, without asking, besides its own tools. */
const written = (name: string, { tools, policy, ...rest }: Agent, mine: readonly string[]): object => ({
  ...{ description: name, instructions: 'Work.', tools: [...tools, ...mine] },
  policy: { ...policy, ...Object.fromEntries(mine.map((tool) => [tool, 'allow'])) },
  ...rest,
});

export interface Grants {
  /** A word that nobody may see, in a comment. */
  readonly canary: string;
  readonly site: string;
  readonly stranger: string;
  readonly newcomer: string;
  /** For each tool whose description is bait, the agent as which it is to be read. */
  readonly readers: readonly string[];
  readonly shifting: readonly string[];
}

/** What is granted, and nothing else. JSON is YAML. */
export function configuration({ canary, site, stranger, newcomer, readers, shifting }: Grants): string {
  const known = agents(site);
  const plain = Object.entries(known).map(
    ([name, agent]) => [name, written(name, agent, [minutes])] as const,
  );
  const described = readers.map((reader, place) => {
    const name = describedAgent(place);
    return [
      name,
      written(name, known[reader] ?? { tools: [] }, [`mcp__stranger__${topicOf(place)}`]),
    ] as const;
  });
  const later = shifting.map((tool) => `mcp__newcomer__${tool}`);
  const shifted = written('shifted', { tools: [...writing, 'mcp__newcomer__*'] }, later);
  const http = { transport: 'http', isInternal: true } as const;
  const file = {
    defaultAgent: 'reader',
    agents: { ...Object.fromEntries<object>([...plain, ...described]), shifted },
    mcpServers: { stranger: { ...http, url: stranger }, newcomer: { ...http, url: newcomer } },
    tenants: { restricted: { policy: { write_file: 'deny', copy_file: 'ask' } } },
  };
  return `# ${canary}\n${JSON.stringify(file, null, 2)}\n`;
}
