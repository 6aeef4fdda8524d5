/** URLs that try to reach addresses inside, in every notation that we know of. */

const internalIpv4 = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.254',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.254',
  '127.0.0.1',
  '127.0.0.2',
  '127.1.2.3',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.254',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '192.168.255.254',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
];

const internalIpv6 = [
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '0000:0000:0000:0000:0000:0000:0000:0001',
  'fe80::1',
  'febf:ffff::1',
  'fec0::1',
  'fc00::1',
  'fd00::1',
  'fd00:ec2::254',
  'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  'ff02::1',
  'ff0e::1',
  '100::1',
  '2001::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '3fff::1',
  '4000::1',
  'a000::1',
];

const bytesOf = (ipv4: string): readonly number[] => ipv4.split('.').map(Number);
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const octal = (value: number): string => `0${value.toString(8)}`;

const circled = (text: string): string =>
  text.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x2460 + Number(digit) - 1));
const fullWidth = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCodePoint(character.charCodeAt(0) + 0xfee0));
const percent = (text: string): string =>
  text.replace(/./g, (character) => `%${hex(character.charCodeAt(0), 2)}`);

function ipv4Notations(ipv4: string): readonly string[] {
  const bytes = bytesOf(ipv4);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const low = (b * 256 + c) * 256 + d;
  return [
    ipv4,
    `${ipv4}.`,
    String(whole),
    `0x${hex(whole, 8)}`,
    octal(whole),
    `${a}.${low}`,
    `${a}.${b}.${c * 256 + d}`,
    bytes.map(octal).join('.'),
    bytes.map((byte) => `000${octal(byte)}`).join('.'),
    bytes.map((byte) => `0x${hex(byte, 2)}`).join('.'),
    `0x${hex(a, 2)}.${octal(b)}.${c}.${d}`,
    `0x${hex(a, 2)}.0x${hex(low, 6)}`,
    ipv4.replaceAll('.', '。'),
    ipv4.replaceAll('.', '．'),
    fullWidth(ipv4),
    circled(ipv4),
    percent(ipv4),
  ];
}

function ipv6Carriers(ipv4: string): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0] = bytesOf(ipv4);
  const high = `${hex(a, 2)}${hex(b, 2)}`;
  const low = `${hex(c, 2)}${hex(d, 2)}`;
  return [
    `::ffff:${ipv4}`,
    `::ffff:${high}:${low}`,
    `0:0:0:0:0:ffff:${high}:${low}`,
    `::${ipv4}`,
    `::ffff:0:${ipv4}`,
    `64:ff9b::${ipv4}`,
    `64:ff9b:1::${ipv4}`,
    `2002:${high}:${low}::1`,
    `2001:0:${high}:${low}::1`,
    `fe80::5efe:${ipv4}`,
  ];
}

/** Tricks with the parts around the host. */
function disguises(host: string, port: number): readonly string[] {
  return [
    `http://example.com@${host}:${port}/`,
    `http://example.com:80@${host}:${port}/`,
    `http://example.com%23@${host}:${port}/`,
    `http://${host}:${port}\\@example.com/`,
    `http:\\\\${host}:${port}/`,
    `http:/${host}:${port}/`,
    `http:${host}:${port}/`,
    `http:////${host}:${port}/`,
    `HtTp://${host}:${port}/`,
    ` http://${host}:${port}/ `,
    `h\tt\ntp://${host}:${port}/`,
    `http://${host}\t:${port}/`,
    `http://${host}:0${port}/`,
    `http://${host}:${port}/?u=https://example.com`,
    `http://${host}:${port}#https://example.com`,
    `https://${host}:${port}/`,
    `//${host}:${port}/`,
    `${host}:${port}`,
  ];
}

const otherSchemes = (port: number): readonly string[] => [
  'file:///etc/passwd',
  'file://127.0.0.1/etc/passwd',
  `ftp://127.0.0.1:${port}/`,
  `gopher://127.0.0.1:${port}/_x`,
  `dict://127.0.0.1:${port}/x`,
  `ldap://127.0.0.1:${port}/`,
  `ws://127.0.0.1:${port}/`,
  `wss://127.0.0.1:${port}/`,
  `unix:/var/run/docker.sock`,
  `http://unix:/var/run/docker.sock:/info`,
  `http+unix://%2Fvar%2Frun%2Fdocker.sock/info`,
  'data:text/plain,hello',
  'blob:http://127.0.0.1/x',
  'javascript:alert(1)',
  `jar:http://127.0.0.1:${port}!/x`,
  `view-source:http://127.0.0.1:${port}/`,
  'about:blank',
  '',
  'http://',
  'http://:80/',
  `http://[::1]x:${port}/`,
  `http://[::1%25lo]:${port}/`,
  `http://[fe80::1%25eth0]:${port}/`,
  `http://[::1%lo]:${port}/`,
];

const localNames = (port: number): readonly string[] =>
  [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'ｌｏｃａｌｈｏｓｔ',
    'ⓛocalhost',
    'loc%61lhost',
    'lo\u00adcalhost',
  ]
    .concat([
      'ip6-localhost',
      'localhost.localdomain',
      'foo.localhost',
      'metadata',
      'metadata.google.internal',
    ])
    .concat(['kubernetes.default.svc', 'redis', 'host.docker.internal', 'instance-data'])
    .map((name) => `http://${name}:${port}/`);

/** The zone in which names mean the address that they contain: `10-0-0-1.inside.test`, `--1.inside.test` for `::1`. */
export const insideZone = 'inside.test';

export function addressInName(name: string): string | undefined {
  const label = name.replace(/\.$/, '').toLowerCase();
  if (!label.endsWith(`.${insideZone}`)) return undefined;
  const [first = ''] = label.split('.');
  return first.startsWith('v6x') ? first.slice(3).replaceAll('x', ':') : first.replaceAll('-', '.');
}

/** `port`: where a listener on every loopback address waits for whoever gets through. */
export function internalUrls(port: number): readonly string[] {
  const hosts = [
    ...internalIpv4.flatMap(ipv4Notations),
    ...internalIpv6.map((address) => `[${address}]`),
    ...internalIpv6.map((address) => `[${address.toUpperCase()}]`),
    ...internalIpv4.flatMap(ipv6Carriers).map((address) => `[${address}]`),
  ];
  const names = [
    ...internalIpv4.map((address) => `${address.replaceAll('.', '-')}.${insideZone}`),
    ...internalIpv6
      .filter((address) => address.includes('::'))
      .map((address) => `v6x${address.replaceAll(':', 'x')}.${insideZone}`),
  ];
  const urls = [
    ...hosts.map((host) => `http://${host}:${port}/`),
    ...hosts.filter((_host, index) => index % 3 === 0).map((host) => `https://${host}:${port}/`),
    ...names.map((name) => `http://${name}:${port}/`),
    ...['127.0.0.1', '[::1]', '2130706433', `127-0-0-1.${insideZone}`].flatMap((host) =>
      disguises(host, port),
    ),
    ...otherSchemes(port),
    ...localNames(port),
    ...[22, 25, 80, 443, 2375, 6379, 10250].map((other) => `http://127.0.0.1:${other}/`),
  ];
  return [...new Set(urls)];
}
