import { type Checked, type Place, allowed, insidePath, refused } from '../argument-policy';
import type { ProgramPolicy } from '../program-policy';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Tests and operators that take nothing. Not -exec, -execdir, -ok, -okdir, -delete, -fprint*, -fls, -files0-from. */
const alone = new Set([
  ...words('-print -print0 -ls -prune -empty -depth -mount -xdev -true -false -not ! -a -and -o -or ( ) ,'),
  ...words('-daystart -noleaf -quit -readable -writable -executable -nouser -nogroup -nowarn'),
]);

const withText = new Set([
  ...words('-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -size'),
  ...words('-perm -user -group -uid -gid -links -inum -mtime -atime -ctime -mmin -amin -cmin -used -printf'),
  ...words('-maxdepth -mindepth -fstype -lname -ilname'),
]);

const withPath = words('-newer -anewer -cnewer -samefile');
const newerThanFile = /^-newer[aBcm][aBcm]$/;
const newerThanTime = /^-newer[aBcm]t$/;

const beginsExpression = (word: string): boolean => /^-./.test(word) || ['(', '!', ',', ')'].includes(word);

const takesPath = (word: string): boolean => withPath.has(word) || newerThanFile.test(word);
const takesText = (word: string): boolean => withText.has(word) || newerThanTime.test(word);

function check(args: readonly string[], place: Place): Checked<readonly string[]> {
  const start = args.findIndex(beginsExpression);
  const roots = start < 0 ? args : args.slice(0, start);
  const expression = start < 0 ? [] : [...args.slice(start)];
  const accepted: string[] = [];
  for (const root of roots) {
    const checked = insidePath(root, place);
    if (checked.kind === 'refused') return checked;
    accepted.push(checked.value);
  }
  for (let word = expression.shift(); word !== undefined; word = expression.shift()) {
    if (!alone.has(word) && !takesText(word) && !takesPath(word))
      return refused(
        `find's ${JSON.stringify(word)} is not allowed: only tests, -print, -printf, -ls and -prune are`,
      );
    accepted.push(word);
    if (alone.has(word)) continue;
    const value = expression.shift();
    if (value === undefined) return refused(`${word} needs a value`);
    const checked = takesPath(word) ? insidePath(value, place) : allowed(value);
    if (checked.kind === 'refused') return checked;
    accepted.push(checked.value);
  }
  return allowed(accepted);
}

export const find: ProgramPolicy = { name: 'find', check };
