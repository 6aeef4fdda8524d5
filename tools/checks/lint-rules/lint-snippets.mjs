// Lints snippets as if they stood at the given paths. In: JSON [{ path, code, isTyped? }] on stdin. Out: JSON, for each
// snippet the list of [rule or null, message]. Its own process, because ESLint loads its configuration as native modules.
//
// A path that is in no TypeScript program cannot be linted with types: rules that need them are proved on files that exist
// (isTyped), all others anywhere.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const typed = new ESLint();
const untyped = new ESLint({
  overrideConfig: [
    { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
    { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } },
  ],
});

const snippets = JSON.parse(await text(process.stdin));
const results = [];
for (const { path, code, isTyped } of snippets) {
  const [result] = await (isTyped ? typed : untyped).lintText(code, { filePath: path, warnIgnored: true });
  results.push(result.messages.map(({ ruleId, message }) => [ruleId, message]));
}
process.stdout.write(JSON.stringify(results));
