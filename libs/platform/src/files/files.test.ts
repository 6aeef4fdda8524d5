import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { configPath } from './config-path';
import { ConfigurationError, readYamlFile } from './yaml-file';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe('readYamlFile', () => {
  const schema = z.strictObject({
    agents: z.array(z.strictObject({ name: z.string() })),
    size: z.number().default(1),
  });

  it('gives what the schema makes of the file', () => {
    expect(readYamlFile(write('good.yaml', 'agents: [{ name: a }]'), schema)).toEqual({
      agents: [{ name: 'a' }],
      size: 1,
    });
  });

  it('names every place that does not fit', () => {
    const path = write('bad.yaml', 'agents: [{ name: 1 }, { nam: b }]\nsize: big\n');
    const read = (): unknown => readYamlFile(path, schema);
    expect(read).toThrow(ConfigurationError);
    for (const part of [path, 'agents.0.name: ', 'agents.1.name: ', 'size: ']) expect(read).toThrow(part);
  });

  it('says so when the whole file does not fit', () => {
    expect(() => readYamlFile(write('empty.yaml', ''), schema)).toThrow('(file): ');
  });

  it('says where a file is not YAML', () => {
    expect(() => readYamlFile(write('broken.yaml', 'a: [1\nb: 2'), schema)).toThrow(
      /broken\.yaml is not YAML:[^]*line/,
    );
  });

  it('refuses a key that stands twice', () => {
    expect(() => readYamlFile(write('twice.yaml', 'agents: []\nagents: []'), schema)).toThrow(/is not YAML/);
  });

  it('names a file that cannot be read', () => {
    expect(() => readYamlFile(join(folder, 'missing.yaml'), schema)).toThrow(
      /cannot read .*missing\.yaml: ENOENT/,
    );
  });
});

describe('configPath', () => {
  it('is the one that is named, whether it exists or not', () => {
    expect(configPath('/etc/named.yaml', folder)).toBe('/etc/named.yaml');
  });

  it('is else the nearest one at or above', () => {
    write('a/lumina.yaml', '');
    mkdirSync(join(folder, 'a/b/c'), { recursive: true });
    expect(configPath(undefined, join(folder, 'a/b/c'))).toBe(join(folder, 'a/lumina.yaml'));
    expect(configPath(undefined, join(folder, 'a'))).toBe(join(folder, 'a/lumina.yaml'));
    write('a/b/lumina.yaml', '');
    expect(configPath(undefined, join(folder, 'a/b/c'))).toBe(join(folder, 'a/b/lumina.yaml'));
  });

  it('is the one at the root where there is none, so that the error names a place', () => {
    expect(configPath(undefined, join(folder, 'none'))).toMatch(/^\/.*lumina\.yaml$/);
  });
});
