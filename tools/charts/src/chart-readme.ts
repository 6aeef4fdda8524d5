import type { ValuesKey } from './values-tree';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function rows(keys: readonly ValuesKey[]): readonly string[] {
  return keys.flatMap((key) =>
    key.children.length > 0
      ? [`| **\`${key.path}\`** | | ${cell(key.meaning)} |`, ...rows(key.children)]
      : [`| \`${key.path}\` | ${cell(`\`${JSON.stringify(key.value)}\``)} | ${cell(key.meaning)} |`],
  );
}

/** A chart's README: its head as it was written, and a row for each key of its values. */
export const chartReadme = (head: string, keys: readonly ValuesKey[]): string =>
  [
    head.trimEnd(),
    '',
    '## Values',
    '',
    '<!-- Made by tools/docs/charts.mjs from values.yaml. Edit that, or README.head.md. -->',
    '',
    '| key | default | meaning |',
    '| --- | --- | --- |',
    ...rows(keys),
    '',
  ].join('\n');
