import { existsSync, readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';

const calls = /\brequire\((['"])([^'"]+)\1\)/g;

/**
 * One script of a page's own source and of all packages that it requires, as they are: each module a function, called when it is
 * first required. As much of a bundler as a page in a test needs.
 *
 * @param source of the page, with `require`
 * @throws Error for a package that is not there
 */
export function bundleOf(source: string): string {
  const modules = new Map<string, string>();
  const add = (file: string, code: string): void => {
    const places: Record<string, string> = {};
    modules.set(file, '');
    for (const [, , name = ''] of code.matchAll(calls)) {
      // Packages ask first whether they are in Node; who does not ask fails in the page.
      if (builtinModules.includes(name.replace('node:', ''))) continue;
      const place = browserFile(createRequire(file).resolve(name));
      places[name] = place;
      if (!modules.has(place)) add(place, commonJsOf(place));
    }
    const head = `${JSON.stringify(file)}: [${JSON.stringify(places)}, (module, exports, require) => {`;
    modules.set(file, `${head}\n${code}\n}]`);
  };
  const entry = join(__dirname, 'page.js');
  add(entry, source);
  return `(() => {
    const process = { env: { NODE_ENV: 'production' } };
    const known = {}, modules = {${[...modules.values()].join(',\n')}};
    const load = (file) => {
      if (known[file]) return known[file].exports;
      const module = (known[file] = { exports: {} }), [places, run] = modules[file];
      run(module, module.exports, (name) => {
        if (places[name]) return load(places[name]);
        throw new Error(file + ' needs ' + name + ', which no browser has');
      });
      return module.exports;
    };
    load(${JSON.stringify(entry)});
  })();`;
}

function commonJsOf(file: string): string {
  const code = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) return `module.exports = ${code}`;
  const isModule = !file.endsWith('.cjs') && /^\s*(import|export)\s/m.test(code);
  if (!isModule) return code;
  return transformSync(code, { module: { type: 'commonjs' }, jsc: { target: 'es2022' } }).code;
}

/** What the package itself names in the place of a file that only Node can run. */
function browserFile(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const { browser } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { browser?: unknown };
  if (typeof browser !== 'object' || browser === null) return file;
  const other = (browser as Readonly<Record<string, unknown>>)[`./${relative(folder, file)}`];
  return typeof other === 'string' ? join(folder, other) : file;
}
