// Writes docs/configuration.md from the settings that the services really read, or checks that it is up to date.
//
// Usage: node tools/docs/configuration.mjs [--write]     without --write: exit 1 if the file differs
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { settingsOfServices } from './settings-of-services.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
execFileSync(process.execPath, [resolve(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' });

const services = settingsOfServices();

const rows = new Map();
for (const [service, settings] of Object.entries(services)) {
  for (const setting of settings) {
    // PORT differs in its default alone; the text below says so.
    const row = rows.get(setting.name) ?? { ...setting, services: [] };
    row.services.push(service);
    rows.set(setting.name, row);
  }
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const usedBy = ({ services: used }) =>
  used.length === Object.keys(services).length ? 'all' : used.join(', ');
const defaultOf = (row) => {
  if (row.name === 'PORT') return 'gateway 8080, health 8081, else 0';
  if (row.isRequired) return '(required)';
  return row.default === undefined ? '' : `\`${row.default}\``;
};
const nameOf = ({ name, isSecret }) => (isSecret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``);

const table = [...rows.values()]
  .sort((a, b) => (a.name < b.name ? -1 : 1))
  .map(
    (row) =>
      `| ${[nameOf(row), row.type, defaultOf(row), usedBy(row), row.description].map(cell).join(' | ')} |`,
  );

const page = [
  readFileSync(resolve(root, 'tools/docs/configuration.head.md'), 'utf8').trimEnd(),
  '',
  '| variable | type | default | read by | meaning |',
  '| --- | --- | --- | --- | --- |',
  ...table,
  '',
  readFileSync(resolve(root, 'tools/docs/configuration.tail.md'), 'utf8').trimEnd(),
  '',
].join('\n');

const path = resolve(root, 'docs/configuration.md');
const wanted = await format(page, { ...(await resolveConfig(path)), parser: 'markdown' });
if (process.argv.includes('--write')) {
  writeFileSync(path, wanted);
} else if (readFileSync(path, 'utf8') !== wanted) {
  console.error(
    'docs/configuration.md is not what the settings say: node tools/docs/configuration.mjs --write',
  );
  process.exitCode = 1;
}
