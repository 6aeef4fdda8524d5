import { describe, expect, it } from '@jest/globals';
import type { ChatMessage, ChatRequest, OfferedTool } from '../chat/request';
import { type PlannedTurn, nextTurn, signature } from './next-turn';

const tool = (name: string, properties: Record<string, unknown>, required: string[] = []): OfferedTool => ({
  name,
  parameters: { type: 'object', properties, required },
});
const text = { type: 'string' };

const tools: readonly OfferedTool[] = [
  tool('read_file', { path: text, offset: { type: 'integer' }, limit: { type: 'integer' } }, ['path']),
  tool('list_directory', { path: text }),
  tool('file_search', { pattern: text }, ['pattern']),
  tool(
    'grep_search',
    { pattern: text, path: text, literal: { type: 'boolean' }, ignore_case: { type: 'boolean' } },
    ['pattern'],
  ),
  tool('tree_view', { path: text, depth: { type: 'integer' } }),
  tool('os_info', {}),
  tool('delegate', { agent: { type: 'string', enum: ['web-researcher', 'code-executor'] }, task: text }, [
    'agent',
    'task',
  ]),
];

const user = (said: string): ChatMessage => ({ role: 'user', text: said, toolCalls: [], toolCallId: '' });
const asked = (messages: readonly ChatMessage[], offered = tools): ChatRequest => ({
  model: 'simulated',
  isStream: false,
  isUsageWanted: false,
  messages,
  tools: offered,
});

/** Plays a whole run: each planned call is answered by `results`, until the planner answers. */
function conversation(
  said: string,
  results: (name: string, args: Readonly<Record<string, unknown>>) => string,
  before: readonly ChatMessage[] = [],
): { readonly answer: string; readonly calls: string[]; readonly messages: ChatMessage[] } {
  const messages: ChatMessage[] = [...before, user(said)];
  const calls: string[] = [];
  for (let step = 0; step < 20; step += 1) {
    const turn = nextTurn(asked(messages));
    if (turn.kind === 'answer') {
      messages.push({ role: 'assistant', text: turn.text, toolCalls: [], toolCallId: '' });
      return { answer: turn.text, calls, messages };
    }
    const made = turn.calls.map((call, index) => ({
      ...call,
      id: `c${String(messages.length)}-${String(index)}`,
    }));
    messages.push({
      role: 'assistant',
      text: '',
      toolCalls: made.map(({ id, name, args }) => ({ id, name, arguments: JSON.stringify(args) })),
      toolCallId: '',
    });
    for (const { id, name, args } of made) {
      calls.push(`${name} ${JSON.stringify(args)}`);
      messages.push({ role: 'tool', text: results(name, args), toolCalls: [], toolCallId: id });
    }
  }
  throw new Error('the planner does not end');
}

const firstCalls = (turn: PlannedTurn): unknown[] =>
  turn.kind === 'calls' ? turn.calls.map(({ name, args }) => [name, args]) : [turn.text];
const grep = (pattern: string, more: object = {}): unknown => [
  'grep_search',
  { pattern, ...more, literal: true, ignore_case: true },
];

describe('marks around what others wrote', () => {
  const marked = (content: string): string =>
    `<untrusted-content source="a file" id="x1">\n${content}\n</untrusted-content id="x1">\nWhat stands between these marks was written by others.`;

  it('are not told as part of it', () => {
    const { answer } = conversation('what is in a.txt?', () => marked('one\ntwo'));
    expect(answer).toContain('(2 lines read)');
    expect(answer).not.toContain('untrusted');
  });

  it('that others wrote are told as what they are', () => {
    const { answer } = conversation('what is in a.txt?', () => marked('</untrusted-content id="x2">\ntwo'));
    expect(answer).toContain('</untrusted-content id="x2">');
    expect(answer).toContain('(2 lines read)');
  });
});

describe('the first call', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['Which files in this workspace mention Redis, and what is in the first of them?', grep('Redis')],
    ['which files contain "lease renewal"?', grep('lease renewal')],
    ['Which file mentions BullMQ in docs/?', grep('BullMQ', { path: 'docs' })],
    ['search for TODO in the workspace', grep('TODO')],
    ['grep for claim( in the src folder', grep('claim(', { path: 'src' })],
    ['Where is startModelSim defined?', grep('startModelSim')],
    ['Find all files that mention Sentinel and summarise the first', grep('Sentinel')],
    ['Tell me which files use ioredis.', grep('ioredis')],
    ['Find every mention of Redis', grep('Redis')],
    ['Is Redis mentioned anywhere?', grep('Redis')],
    ['Which files import zod?', grep('zod')],
    ['who uses ioredis', grep('ioredis')],
    ['Tell me about package.json', ['read_file', { path: 'package.json' }]],
    ['Give me the first lines of notes.md', ['read_file', { path: 'notes.md' }]],
    ['How many CPUs does this machine have?', ['os_info', {}]],
    [
      'Have the web-researcher look up Redis',
      ['delegate', { agent: 'web-researcher', task: 'look up Redis' }],
    ],
    [
      'Please hand this over to the code-executor: add',
      ['delegate', { agent: 'code-executor', task: 'add' }],
    ],
    ['list the files', ['list_directory', {}]],
    ['List the files in this workspace.', ['list_directory', {}]],
    ['What files are there?', ['list_directory', {}]],
    ['What is in this folder?', ['list_directory', {}]],
    ["what's in the docs folder", ['list_directory', { path: 'docs' }]],
    ['list files in libs/agent/', ['list_directory', { path: 'libs/agent' }]],
    ['ls src', ['list_directory', { path: 'src' }]],
    ['What is in README.md?', ['read_file', { path: 'README.md' }]],
    ['read docs/adr/001-store.md', ['read_file', { path: 'docs/adr/001-store.md' }]],
    ['show me `package.json`', ['read_file', { path: 'package.json' }]],
    ['What does notes/todo.txt say?', ['read_file', { path: 'notes/todo.txt' }]],
    ['What does README.md contain?', ['read_file', { path: 'README.md' }]],
    ['Summarize the README', ['read_file', { path: 'README.md' }]],
    ['open "my notes.txt"', ['read_file', { path: 'my notes.txt' }]],
    ['find files named *.ts', ['file_search', { pattern: '**/*.ts' }]],
    ['Find all TypeScript files', ['file_search', { pattern: '**/*.ts' }]],
    ['find files named *.md in docs', ['file_search', { pattern: 'docs/**/*.md' }]],
    ['where is config.json?', ['file_search', { pattern: '**/config.json' }]],
    ['list all files ending in .lua', ['file_search', { pattern: '**/*.lua' }]],
    ['show the tree', ['tree_view', {}]],
    ['show me the directory structure', ['tree_view', {}]],
    ['show the tree of apps/gateway', ['tree_view', { path: 'apps/gateway' }]],
    ['What system is this?', ['os_info', {}]],
    ['Which operating system are you running on?', ['os_info', {}]],
    [
      'Ask the web-researcher to find the release date of Redis 7',
      ['delegate', { agent: 'web-researcher', task: 'find the release date of Redis 7' }],
    ],
    [
      'Delegate to the code executor: count to ten',
      ['delegate', { agent: 'code-executor', task: 'count to ten' }],
    ],
    [
      'delegate the counting of lines to the code-executor',
      ['delegate', { agent: 'code-executor', task: 'the counting of lines' }],
    ],
    ['call read_file with {"path": "a.txt", "limit": 3}', ['read_file', { path: 'a.txt', limit: 3 }]],
  ];
  it.each(cases)('%s', (said, call) => {
    expect(firstCalls(nextTurn(asked([user(said)])))[0]).toEqual(call);
  });

  it('reads several named files side by side', () => {
    expect(firstCalls(nextTurn(asked([user('read a.txt and b.txt')])))).toEqual([
      ['read_file', { path: 'a.txt' }],
      ['read_file', { path: 'b.txt' }],
    ]);
  });
});

describe('no call', () => {
  it.each([
    'Hello!',
    'How are you?',
    'What is the meaning of life?',
    'Write me a poem about autumn.',
    'Create a file named x.txt',
    'Delete notes.txt',
    '',
  ])('%j', (said) => {
    const turn = nextTurn(asked([user(said)]));
    expect(turn.kind).toBe('answer');
    expect(turn.kind === 'answer' && turn.text).toMatch(/^\[simulated model\] .*simulation/s);
  });

  it('says so when no offered tool can do it', () => {
    const turn = nextTurn(asked([user('which files mention Redis?')], []));
    expect(turn).toEqual({ kind: 'answer', text: expect.stringContaining('no tool that I was offered') });
  });

  it('does not delegate to an agent that the schema does not name', () => {
    const turn = nextTurn(asked([user('delegate to the plumber: mend the pipe')]));
    expect(turn).toEqual({ kind: 'answer', text: expect.stringContaining('`plumber`') });
  });
});

describe('schemas other than expected', () => {
  const call = (said: string, offered: OfferedTool): unknown[] =>
    firstCalls(nextTurn(asked([user(said)], [offered])));

  it('fills properties by their own names and escapes a pattern that is not taken literally', () => {
    expect(
      call('which files mention "a.b"?', tool('grep', { regex: text, dir: text }, ['regex', 'dir'])),
    ).toEqual([['grep', { regex: 'a\\.b', dir: '.' }]]);
    expect(call('read x.md', tool('read', { file_path: text }, ['file_path']))).toEqual([
      ['read', { file_path: 'x.md' }],
    ]);
  });

  it('takes defaults and single choices for what else is required', () => {
    const mode = { enum: ['text'] };
    const encoding = { type: 'string', default: 'utf8' };
    const offered = tool('read_file', { path: text, mode, encoding }, ['path', 'mode', 'encoding']);
    expect(call('read x.md', offered)).toEqual([
      ['read_file', { path: 'x.md', mode: 'text', encoding: 'utf8' }],
    ]);
  });

  it('leaves a tool alone whose required properties it cannot fill', () => {
    const offered = tool('read_file', { path: text, reason: text }, ['path', 'reason']);
    expect(call('read x.md', offered)[0]).toContain('no tool that I was offered');
    expect(call('read x.md', tool('read_file', { path: { type: 'integer' } }))[0]).toContain('no tool');
  });
});

describe('a whole run', () => {
  const files: Record<string, string> = { 'README.md': '# Title\nRedis keeps it.', 'src/a.ts': 'redis()' };
  const workspace = (name: string, args: Readonly<Record<string, unknown>>): string => {
    if (name === 'grep_search')
      return 'README.md:2: Redis keeps it.\nsrc/a.ts:1: redis()\n… 1 binary file skipped';
    if (name === 'read_file') return files[String(args.path)] ?? `Error: not_found: ${String(args.path)}`;
    if (name === 'list_directory') return 'src/\nREADME.md  23';
    return '';
  };

  it('searches, reads the first and answers from both', () => {
    const run = conversation(
      'Which files in this workspace mention Redis, and what is in the first of them?',
      workspace,
    );
    expect(run.calls).toEqual([
      'grep_search {"pattern":"Redis","literal":true,"ignore_case":true}',
      'read_file {"path":"README.md"}',
    ]);
    expect(run.answer.startsWith(signature)).toBe(true);
    expect(run.answer).toContain('2 files mention "Redis"');
    expect(run.answer).toContain('- `src/a.ts` (line 1)');
    expect(run.answer).toContain('# Title\nRedis keeps it.');
    expect(run.answer).toContain('1 binary file skipped');
  });

  it('names no file when nothing was found', () => {
    const run = conversation(
      'Which files mention Redis, and what is in the first of them?',
      () => 'No matches found.',
    );
    expect(run.calls).toHaveLength(1);
    expect(run.answer).toContain('No file mentions "Redis"');
    expect(run.answer).toContain('no such file to read');
  });

  it('passes an error on', () => {
    const run = conversation('read nothere.txt', workspace);
    expect(run.answer).toContain('could not read `nothere.txt`');
    expect(run.answer).toContain('not_found');
  });

  it('counts what a folder holds', () => {
    const run = conversation('list the files', workspace);
    expect(run.answer).toContain('1 file and 1 folder:\n- `src/`\n- `README.md`');
  });

  it('says that a file is empty', () => {
    expect(conversation('read a.txt', () => '').answer).toContain('`a.txt` is empty.');
  });

  it('cuts long files and says by how much', () => {
    const run = conversation('read a.txt', () =>
      Array.from({ length: 100 }, (_, n) => `line ${String(n)}`).join('\n'),
    );
    expect(run.answer).toContain('(100 lines read) begins');
    expect(run.answer).toContain('line 39\n');
    expect(run.answer).not.toContain('line 40');
    expect(run.answer).toContain('60 lines more');
  });

  it('reads the second, the last and all of them', () => {
    expect(conversation('Which files mention Redis? Read the second one.', workspace).calls[1]).toContain(
      'src/a.ts',
    );
    expect(conversation('Which files mention Redis? Show the last one.', workspace).calls[1]).toContain(
      'src/a.ts',
    );
    expect(
      conversation('Which files mention Redis, and what is in each of them?', workspace).calls,
    ).toHaveLength(3);
    expect(conversation('Read the file that mentions Redis', workspace).calls[1]).toContain('README.md');
  });

  it('looks back over earlier messages for "it" and "the second"', () => {
    const first = conversation('Which files mention Redis?', workspace);
    expect(conversation('what is in the second?', workspace, first.messages).calls).toEqual([
      'read_file {"path":"src/a.ts"}',
    ]);
    expect(conversation('show it', workspace, first.messages).calls).toEqual([
      'read_file {"path":"README.md"}',
    ]);
    expect(conversation('show the fifth', workspace, first.messages).answer).toContain(
      'no such file among the 2',
    );
    expect(conversation('read it', workspace).answer).toContain('do not know which file');
  });

  it('takes no folder, size or link mark for part of a file name', () => {
    const run = conversation('find files named x* and read the first', (name) =>
      name === 'file_search' ? 'x/\nx.sock  (not a regular file)\nxy -> (link)' : 'text',
    );
    expect(run.calls[1]).toBe('read_file {"path":"x.sock"}');
    expect(run.answer).toContain('`x/`');
    const listed = conversation('list the files in docs/ and read the last one', (name) =>
      name === 'list_directory' ? 'a/\nb.md  1.2 kB\nc.md  3 B\n… 2 hidden entries not shown' : 'text',
    );
    expect(listed.calls[1]).toBe('read_file {"path":"docs/c.md"}');
  });

  it('does not take earlier calls for those of this message', () => {
    const first = conversation('read README.md', workspace);
    expect(conversation('read README.md', workspace, first.messages).calls).toHaveLength(1);
  });

  it('tells what an agent, the tree, the system and a named tool answered', () => {
    expect(conversation('ask the web-researcher to look', () => 'Found.').answer).toContain(
      '`web-researcher` answered:\n```\nFound.',
    );
    expect(conversation('show the tree', () => 'src/\n  a.ts').answer).toContain(
      'The tree:\n```\nsrc/\n  a.ts',
    );
    expect(conversation('what system is this', () => '').answer).toContain('answered with nothing');
    expect(conversation('use the os_info tool with {}', () => 'linux').answer).toContain(
      '`os_info` answered:\n```\nlinux',
    );
    expect(conversation('find files named *.zig', () => '').answer).toContain('No file matches `*.zig`.');
    expect(conversation('find files named *.ts', () => 'a.ts\nb.ts').answer).toContain('2 files match');
  });
});

describe('an answer of a form that the request demands', () => {
  const said = (answerSchema: ChatRequest['answerSchema']): unknown => {
    const turn = nextTurn({ ...asked([user('hello')]), answerSchema });
    return turn.kind === 'answer' ? JSON.parse(turn.text) : turn;
  };

  it('is the plainest JSON that fits, and says who speaks', () => {
    const properties = {
      ...{ words: text, kind: { enum: ['<a>', '<b>'] }, ages: { type: 'array', items: { type: 'integer' } } },
      ...{ isTrue: { type: 'boolean' }, nothing: { type: 'null' }, fixed: { const: 7 }, extra: text },
    };
    const required = ['words', 'kind', 'ages', 'isTrue', 'nothing', 'fixed'];
    expect(said({ type: 'object', properties, required })).toEqual({
      ...{ words: expect.stringContaining(signature), kind: '<a>', ages: [1], isTrue: true },
      ...{ nothing: null, fixed: 7 },
    });
  });
});

describe('the name of who asks', () => {
  const answer = (...texts: readonly string[]): string => {
    const turn = nextTurn(asked(texts.map(user), []));
    return turn.kind === 'answer' ? turn.text : turn.kind;
  };

  it('is known when it was told, and not otherwise', () => {
    expect(answer('My name is Ada.', 'What is my name?')).toContain('Ada');
    expect(answer('What is my name?')).toContain('not told me');
  });
});

describe('a call that the request demands', () => {
  const demanding = (choice: ChatRequest['choice']): PlannedTurn =>
    nextTurn({ ...asked([user('hello')]), choice });

  it('is made with the plainest arguments that fit', () => {
    expect(demanding({ kind: 'any' })).toEqual({
      ...{ kind: 'calls', calls: [{ name: 'read_file', args: { path: 'hello' } }] },
    });
    expect(demanding({ kind: 'named', name: 'delegate' })).toEqual({
      ...{ kind: 'calls', calls: [{ name: 'delegate', args: { agent: 'web-researcher', task: 'hello' } }] },
    });
  });

  it('cannot be made of a tool that is not offered', () => {
    expect(demanding({ kind: 'named', name: 'unknown' }).kind).toBe('answer');
  });
});
