/** What `no-restricted-*` forbids, as values: each list is complete, because ESLint lets a later one replace it. */

const suites = '/^(describe|it|test)$/';

const everywhereSyntax = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name each export: `export *` hides what a module offers.',
  },
  {
    selector: 'Property[key.name="shell"]:not([value.value=false])',
    message: 'No shell between us and a program: pass the arguments as a list.',
  },
];

const testSyntax = [
  {
    selector: `MemberExpression[object.name=${suites}]:matches([property.name=/^(only|skip|todo|failing)$/], [property.value=/^(only|skip|todo|failing)$/])`,
    message: 'A skipped test protects nothing, and a focused one switches the others off.',
  },
  {
    selector: 'CallExpression[callee.name=/^(fdescribe|fit|xdescribe|xit|xtest)$/]',
    message: 'A skipped test protects nothing, and a focused one switches the others off.',
  },
];

const pureSyntax = [
  { selector: 'ImportExpression', message: 'The core loads nothing at run time.' },
  { selector: 'MetaProperty', message: 'The core does not know where it runs.' },
];

export const syntax = {
  source: ['error', ...everywhereSyntax],
  test: ['error', ...everywhereSyntax, ...testSyntax],
  pure: ['error', ...everywhereSyntax, ...pureSyntax],
};

const shellFunctions = ['child_process', 'node:child_process'].map((name) => ({
  name,
  importNames: ['exec', 'execSync'],
  message: 'exec goes through a shell: use execFile or spawn with a list of arguments.',
}));

const nest = {
  regex: '^(@nestjs/|nestjs-pino|@willsoto/nestjs-)',
  message: 'Nest only wires, in apps and in libs/platform.',
};

const axios = {
  regex: '^axios(-retry)?(/|$)',
  message: 'HTTP goes out through the one client in libs/platform, which refuses non-public addresses.',
};

const undici = {
  regex: '^undici(/|$)',
  message: 'Tools reach the network through the one client in libs/platform.',
};

/** All that libs/agent and libs/contracts may import; anything else is a dependency on the outer world. */
const outsideThePure = {
  regex: '^(?!\\.{1,2}/|zod$|@cfworker/json-schema$|@lumina/contracts$)',
  message:
    'The core and the contracts are pure: they import zod, @cfworker/json-schema, @lumina/contracts and their own files.',
};

const imports = (patterns) => ['error', { paths: shellFunctions, patterns }];

export const imported = {
  anywhere: imports([]),
  library: imports([nest, axios]),
  platform: imports([]),
  app: imports([axios]),
  toolExecutor: imports([axios, undici]),
  pure: imports([outsideThePure]),
};

const message = 'The core is a function of its arguments: pass the value in.';

/** Global names that bring time, chance, the process or the network in. */
export const impureGlobals = [
  'Date',
  'performance',
  'process',
  'global',
  'globalThis',
  'crypto',
  'fetch',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'navigator',
  'console',
  'require',
  'Buffer',
  '__dirname',
  '__filename',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
].map((name) => ({ name, message }));

export const impureProperties = [{ object: 'Math', property: 'random', message }];
