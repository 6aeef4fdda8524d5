/**
 * Secrets that are known by their form: what issuers gave a prefix so that it can be recognised. Invariants:
 *
 * P1 A pattern begins with a fixed text, so that what does not hold it costs next to nothing.
 * P2 No pattern can take more than linear time: what is repeated is one class of characters, and never twice in a row.
 * P3 None matches what is merely long or random: digests, ids and encoded data pass.
 */
export interface TokenPattern {
  /** Said in place of the secret. */
  readonly name: string;
  readonly source: string;
}

export const tokenPatterns: readonly TokenPattern[] = [
  {
    name: 'private key',
    source:
      '-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[\\w+/=\\s\\\\,:.]|-(?!----)){1,20000}(?:-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?',
  },
  { name: 'AWS key id', source: '\\b(?:AKIA|ASIA)[A-Z2-7]{16}\\b' },
  { name: 'GitHub token', source: '\\bgh[pousr]_[A-Za-z0-9]{36,255}' },
  { name: 'GitHub token', source: '\\bgithub_pat_\\w{50,255}' },
  { name: 'GitLab token', source: '\\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[\\w-]{20,255}' },
  { name: 'Slack token', source: '\\bxox[abeoprs]-[\\w-]{10,255}' },
  { name: 'Slack token', source: '\\bxapp-\\d-[\\w-]{10,255}' },
  {
    name: 'Slack webhook',
    source: 'https://hooks\\.slack\\.com/(?:services|workflows|triggers)/[\\w/]{20,255}',
  },
  { name: 'Stripe key', source: '\\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,255}' },
  { name: 'model key', source: '\\bsk-(?:ant|proj|svcacct|admin|or)-[\\w-]{20,255}' },
  { name: 'model key', source: '\\bsk-[A-Za-z0-9]{32,255}' },
  { name: 'Hugging Face token', source: '\\bhf_[A-Za-z0-9]{30,255}' },
  { name: 'Google key', source: '\\bAIza[\\w-]{35}' },
  { name: 'Google token', source: '\\bya29\\.[\\w-]{20,2000}' },
  { name: 'Google secret', source: '\\bGOCSPX-[\\w-]{24,64}' },
  { name: 'npm token', source: '\\bnpm_[A-Za-z0-9]{36}' },
  { name: 'PyPI token', source: '\\bpypi-AgE[\\w-]{50,2000}' },
  { name: 'SendGrid key', source: '\\bSG\\.[\\w-]{16,32}\\.[\\w-]{32,64}' },
  { name: 'DigitalOcean token', source: '\\bdo[opr]_v1_[a-f0-9]{64}' },
  { name: 'Vault token', source: '\\bhv[sbr]\\.[\\w-]{24,500}' },
  { name: 'Telegram token', source: '\\b\\d{8,10}:AA[\\w-]{33}' },
  { name: 'Azure key', source: '\\bAccountKey=[A-Za-z0-9+/]{60,100}={0,2}' },
  { name: 'JSON web token', source: '\\beyJ[\\w-]{10,4000}\\.eyJ[\\w-]{10,8000}\\.[\\w-]{10,2000}' },
  // The user and the host stay: only what stands between them is secret.
  {
    name: 'password in a URL',
    source: '(?<=\\b[a-z][a-z0-9+.-]{1,15}://[^\\s:@/?#"\'<>]{0,100}:)[^\\s@/?#"\'<>]{3,200}(?=@[\\w.[-])',
  },
];
