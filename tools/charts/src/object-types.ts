import { execFile, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type KubernetesObject, nameOf } from './kubernetes-object';
import { specifierOf } from './models';

/** Faults of each object, in the order given: what its schema refuses. */
export async function schemaFaults(
  root: string,
  objects: readonly KubernetesObject[],
): Promise<readonly (readonly string[])[]> {
  const asked = objects.map((object) => ({ specifier: specifierOf(object), kind: object.kind, object }));
  const child = spawn(process.execPath, [join(root, 'tools/charts/object-types.mjs')], { cwd: root });
  child.stdin.end(JSON.stringify(asked));
  const [told, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (told === '') throw new Error(`objects could not be checked: ${complaint}`);
  const faults = JSON.parse(told) as readonly (string | null)[];
  return objects.map((object, index) => {
    const fault = faults[index] ?? null;
    return fault === null ? [] : [`${nameOf(object)}: ${fault}`];
  });
}

/** One line for each object, so that the line of an error says whose it is. */
function sourceOf(objects: readonly KubernetesObject[]): string {
  const kinds = [...new Set(objects.map((object) => `${specifierOf(object)} ${object.kind}`))];
  const imports = kinds.map((known, index) => {
    const [specifier, kind] = known.split(' ');
    return `import type { I${kind ?? ''} as T${index} } from '${specifier ?? ''}';`;
  });
  const literals = objects.map(
    (object, index) =>
      `export const o${index}: T${kinds.indexOf(`${specifierOf(object)} ${object.kind}`)} = ${JSON.stringify(object)};`,
  );
  return [imports.join(' '), ...literals].join('\n');
}

/**
 * Faults of each object, in the order given: fields that its type does not know, and values of wrong types. The objects are written
 * as TypeScript literals and compiled, because schemas let unknown fields pass.
 */
export async function fieldFaults(
  root: string,
  objects: readonly KubernetesObject[],
): Promise<readonly (readonly string[])[]> {
  const folder = join(root, '.cache', `charts-${process.pid}`);
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'objects.mts');
  await writeFile(path, sourceOf(objects));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['objects.mts'] }));
  try {
    const told = await compile(root, folder);
    return objects.map((object, index) =>
      told.filter(({ line }) => line === index + 2).map(({ message }) => `${nameOf(object)}: ${message}`),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Complaint {
  readonly line: number;
  readonly message: string;
}

const compilerOptions = {
  ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
  ...{ module: 'nodenext', target: 'es2024', lib: ['es2024'] },
};

function compile(root: string, project: string): Promise<readonly Complaint[]> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [compiler, '--pretty', 'false', '--project', project],
      { cwd: root, maxBuffer: 64 * 1_048_576 },
      (error, stdout, stderr) => {
        const complaints = stdout.split('\n').flatMap(complaintOf);
        if (error !== null && complaints.length === 0) reject(new Error(`tsc failed: ${stdout}${stderr}`));
        else if (complaints.some(({ line }) => line === 1)) reject(new Error(`no such model: ${stdout}`));
        else resolve(complaints);
      },
    );
  });
}

/** `objects.mts(7,123): error TS2353: …`; what is indented goes on about the line before. */
function complaintOf(line: string): readonly Complaint[] {
  const match = /\((\d+),\d+\): error (.*)$/.exec(line);
  return match === null ? [] : [{ line: Number(match[1]), message: match[2] ?? '' }];
}
