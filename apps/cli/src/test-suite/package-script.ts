import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program with its arguments, ready to be started without a shell. */
export interface Invocation {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * One of package.json's scripts, so that this suite and `npm run` do the same. Only plain words are understood.
 *
 * @throws Error when there is no such script, or it needs a shell
 */
export function packageScript(root: string, name: string): Invocation {
  const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts?: Readonly<Record<string, string>>;
  };
  const script = scripts[name];
  if (script === undefined) throw new Error(`package.json has no script ${name}`);
  if (/["'$&|;<>*?`\\()]/.test(script)) throw new Error(`the script ${name} needs a shell: ${script}`);
  const [first = '', ...args] = script.split(/\s+/);
  const program = first === 'node' ? process.execPath : join(root, 'node_modules/.bin', first);
  return { program, args };
}
