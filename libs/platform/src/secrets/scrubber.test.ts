import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Scrubber } from './scrubber';

const secret = 'correct-horse/battery+staple="9"';
const scrubber = new Scrubber(() => [secret]);
/** Written in two parts, so that what looks for secrets in this repository finds none. */
const token = (head: string, tail: string): string => `${head}${tail}`;

describe('a scrubber', () => {
  it.each([
    ['as it stands', secret],
    ['in JSON', JSON.stringify({ password: secret })],
    ['in a URL', `https://host/?q=${encodeURIComponent(secret)}`],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['inside base64, one off', Buffer.from(`u${secret}tail`).toString('base64')],
    ['inside base64, two off', Buffer.from(`us${secret}ta`).toString('base64url')],
    ['in base64 by a program', execFileSync('base64', ['-w0'], { input: `user:${secret}` }).toString()],
  ])('finds a known secret %s', (_how, written) => {
    const { text, removed } = scrubber.scrub(`before ${written} after`);
    expect(removed).toBe(1);
    expect(text).toMatch(/^before .*\[removed: known secret\].* after$/);
    expect(text).not.toContain(secret.slice(0, 12));
  });

  it('finds each of several, and all of a line', () => {
    const both = new Scrubber(() => ['first-secret', 'second-secret', 'first-secret-and-more']);
    expect(both.scrub('a first-secret-and-more b second-secret c first-secret')).toEqual({
      text: 'a [removed: known secret] b [removed: known secret] c [removed: known secret]',
      removed: 3,
    });
  });

  it('says from where on a secret of several lines may have begun', () => {
    const several = new Scrubber(() => ['one line', 'line a\nline b\nline c']);
    const openIn = (text: string): string => text.slice(several.openFrom(text));
    expect(openIn('x\nline a\n')).toBe('line a\n');
    expect(openIn('see: line a\nline b\n')).toBe('line a\nline b\n');
    expect(openIn('line a\nline b\nline c\n')).toBe('');
    expect(openIn('line a\nline x\nline a\nline b\n')).toBe('line a\nline b\n');
    expect(openIn('one line\n')).toBe('');
    const [begin, end] = ['BEGIN', 'END'].map((word) => token(`-----${word} `, 'PRIVATE KEY-----\n'));
    expect(openIn(`a\n${begin}MII\n`)).toBe(`${begin}MII\n`);
    expect(openIn(`a\n${begin}MII\n${end}`)).toBe('');
  });

  it('takes up secrets that have changed', () => {
    let values = ['old-secret'];
    const changing = new Scrubber(() => values);
    expect(changing.scrub('old-secret new-secret').text).toBe('[removed: known secret] new-secret');
    values = ['new-secret'];
    expect(changing.scrub('old-secret new-secret').text).toBe('old-secret [removed: known secret]');
    values = [];
    expect(changing.scrub('old-secret new-secret').removed).toBe(0);
  });

  const keyWords = 'PRIVATE KEY';
  const tokenHead = 'eyJ';
  const letters = 'aB3dE5gH7jK9mN1pQ2sT4vW6yZ8aB3dE5gH7jK9mN1pQ2sT4vW6yZ8';
  it.each([
    ['private key', `-----BEGIN RSA ${keyWords}-----\nMIIE${letters}\n-----END RSA ${keyWords}-----`],
    ['private key', `-----BEGIN OPENSSH ${keyWords}-----\n${letters}`],
    ['AWS key id', token('AK', 'IAIOSFODNN7EXAMPLE')],
    ['GitHub token', token('gh', `p_${letters.slice(0, 36)}`)],
    ['GitHub token', token('github', `_pat_${letters}`)],
    ['GitLab token', token('gl', `pat-${letters.slice(0, 20)}`)],
    ['Slack token', token('xo', 'xb-1234567890-abcdefghij')],
    ['Slack webhook', token('https://hooks.slack', '.com/services/T00000000/B00000000/XXXXXXXX')],
    ['Stripe key', token('sk', `_live_${letters.slice(0, 24)}`)],
    ['model key', token('sk', `-proj-${letters}`)],
    ['model key', token('sk', `-ant-api03-${letters}`)],
    ['model key', token('sk', `-${letters.slice(0, 48)}`)],
    ['Hugging Face token', token('hf', `_${letters.slice(0, 34)}`)],
    ['Google key', token('AI', `za${letters.slice(0, 35)}`)],
    ['npm token', token('np', `m_${letters.slice(0, 36)}`)],
    ['SendGrid key', token('SG', `.${letters.slice(0, 22)}.${letters.slice(0, 43)}`)],
    [
      'JSON web token',
      token('ey', `JhbGciOiJIUzI1NiJ9.${tokenHead}zdWIiOiIxMjM0NTY3ODkwIn0.${letters.slice(0, 43)}`),
    ],
    ['Azure key', `AccountKey=${letters}${letters.slice(0, 34)}==`],
  ])('knows a %s by its form', (name, written) => {
    const { text, removed } = new Scrubber(() => []).scrub(`x = "${written}";`);
    expect({ text, removed }).toEqual({ text: `x = "[removed: ${name}]";`, removed: 1 });
  });

  it('leaves a URL its host and its user', () => {
    const { text } = new Scrubber(() => []).scrub(
      'DATABASE=postgres://app:hunter22@db.internal:5432/app?x=1',
    );
    expect(text).toBe('DATABASE=postgres://app:[removed: password in a URL]@db.internal:5432/app?x=1');
  });

  it.each([
    'const sk = skill - 1; // sk-learn, task-1234567890, desk-aaaaaaaa',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'http://127.0.0.1:8080/path and git@github.com:org/repo.git and user@example.com:22',
    'sha512-7f2J5wXn0GvL8o9mY1QbK3c4dE5fG6hI7jK8lM9nO0pQ1rS2tU3vW4xY5z6A7B8C9D0E1F2G3H==',
    'eyJ is how base64 of {" begins. AKIA is a prefix. ghp_short npm_config_cache',
    '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
    '01890a5d-ac96-774b-bcce-b302099a8057',
  ])('leaves alone %j', (harmless) => {
    expect(new Scrubber(() => []).scrub(harmless)).toEqual({ text: harmless, removed: 0 });
  });

  it('changes nothing in a text without secrets, and finds one wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (before, after) => {
        fc.pre(!`${before}${after}`.includes('[removed'));
        expect(scrubber.scrub(`${before}\n${secret}\n${after}`).text).toContain(
          '\n[removed: known secret]\n',
        );
      }),
    );
  });

  it.each([
    ['words', 'word '.repeat(400_000)],
    ['beginnings of tokens', 'eyJaaaaaaaaaaaa.eyJ sk- ghp_ AKIA '.repeat(60_000)],
    ['one endless token', `eyJ${'a'.repeat(2_000_000)}`],
    ['beginnings of keys', `-----BEGIN RSA ${keyWords}----- `.repeat(50_000)],
    ['URLs without an end', 'http://a:b'.repeat(200_000)],
    ['one endless URL', `http://${'a'.repeat(2_000_000)}`],
  ])('is soon done with two million characters of %s', (_what, text) => {
    const from = performance.now();
    scrubber.scrub(text);
    // Seconds: anything but linear time would take hours.
    expect(performance.now() - from).toBeLessThan(20_000);
  });
});
