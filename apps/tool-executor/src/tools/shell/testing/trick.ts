/**
 * What allowed programs can be made to do besides what they are for. In the words, OUT is a folder outside of the workspace, CANARY a
 * file in it, PORT a port on the loopback that somebody listens on. The workspace is a git repository with a few files.
 */
export interface Trick {
  readonly aim: 'read' | 'write' | 'run' | 'connect';
  readonly argv: readonly string[];
}

export const tricks = (program: string, aim: Trick['aim'], lines: string): readonly Trick[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => ({ aim, argv: [program, ...words(line.trim())] }));

/** Words with quotation marks around what holds spaces; no other quoting. */
const words = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
