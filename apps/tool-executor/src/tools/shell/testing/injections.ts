/**
 * What would make a shell run `touch pwned` if any of it reached one: each way to break out of a word, with each way to write the
 * command. A few dozen of the combinations do not work in any one shell; the control in the test says how many do.
 */
const commands: readonly string[] = [
  'touch pwned',
  '/usr/bin/touch pwned',
  'touch${IFS}pwned',
  '{touch,pwned}',
  "t''ouch pwned",
  'to\\uch pwned',
  '"touch" pwned',
  'sh -c "touch pwned"',
  'bash -c touch\\ pwned',
  '$(printf touch) pwned',
  'eval touch pwned',
  'exec touch pwned',
  'env touch pwned',
  'command touch pwned',
  'nohup touch pwned',
  '>pwned',
  'echo x>pwned',
  'echo dG91Y2ggcHduZWQ= | base64 -d | sh',
  "perl -e 'open F, q(>pwned)'",
  'python3 -c \'open("pwned", "w")\'',
  'find . -maxdepth 0 -exec touch pwned +',
  'printf "" | tee pwned',
];

const ways: readonly ((command: string) => string)[] = [
  (c) => `; ${c}`,
  (c) => `;${c};`,
  (c) => `&& ${c}`,
  (c) => `|| ${c}`,
  (c) => `| ${c}`,
  (c) => `& ${c}`,
  (c) => `\n${c}\n`,
  (c) => `\r\n${c}`,
  (c) => `$(${c})`,
  (c) => `\`${c}\``,
  (c) => `"$(${c})"`,
  (c) => `'; ${c}; '`,
  (c) => `"; ${c}; "`,
  (c) => `x'$(${c})'`,
  (c) => `x;${c} #`,
  (c) => `$((1))$(${c})`,
  (c) => `\${x:-$(${c})}`,
  (c) => `<(${c})`,
  (c) => `x\\\n;${c}`,
  (c) => `(${c})`,
  (c) => `-x;${c}`,
  (c) => `{ ${c}; }`,
];

export const injections: readonly string[] = ways.flatMap((way) => commands.map(way));
