// One set of compiler options for the build and for Jest.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} root absolute path of the workspace */
export function swcOptions(root) {
  return {
    cwd: root,
    sourceMaps: true,
    swcrc: false,
    configFile: false,
    jsc: {
      target: 'es2024',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
      baseUrl: root,
      paths: aliases(root),
    },
    module: { type: 'commonjs', strict: true, importInterop: 'node', ignoreDynamic: false },
  };
}

function aliases(root) {
  if (root === '/') return {};
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries(compilerOptions.paths).map(([name, targets]) => [name, targets.map((t) => join(root, t))]),
  );
}
