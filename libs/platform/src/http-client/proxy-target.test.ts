import { describe, expect, it } from '@jest/globals';
import { forwardTarget, passedOn, tunnelTarget } from './proxy-target';

describe('what a proxy is asked for', () => {
  it('is a host and a port for a tunnel', () => {
    expect(tunnelTarget('pypi.org:443')).toEqual({ host: 'pypi.org', port: 443 });
    expect(tunnelTarget('[::1]:80')).toEqual({ host: '[::1]', port: 80 });
  });

  it('is a whole URL of http otherwise', () => {
    expect(forwardTarget('http://Site.example/a?b')?.endpoint).toEqual({ host: 'site.example', port: 80 });
    expect(forwardTarget('http://site.example:8080')?.endpoint).toEqual({ host: 'site.example', port: 8080 });
  });

  it.each([
    'pypi.org',
    'pypi.org:',
    ':443',
    'pypi.org:0',
    'pypi.org:65536',
    'pypi.org:443/',
    'a@b:1',
    'a b:1',
    'ä:1',
  ])('is no tunnel: %j', (text) => expect(tunnelTarget(text)).toBeUndefined());

  it.each([
    ...['/path', 'https://site.example/', 'ftp://site.example/', 'http:site.example', 'http:///site.example'],
    ...['http://a:b@site.example/', 'http://a@site.example/', 'http://0x7f.1/', 'http://2130706433/'],
    ...['http://127.1/', 'http://017700000001/', 'http://site%2eexample/', 'http://ｓite.example/'],
    ...['http://site.example\\@other/', 'http://site.example:99999/', 'http://[::ffff:127.0.0.1]/', ''],
  ])('is no request that a proxy carries: %j', (text) => expect(forwardTarget(text)).toBeUndefined());

  it('keeps to itself what is meant for one hop', () => {
    const headers = {
      ...{ connection: 'close, X-Mine', 'x-mine': '1', host: 'other', 'proxy-authorization': 'secret' },
      ...{ upgrade: 'websocket', te: 'trailers', accept: '*/*', 'content-length': '3' },
    };
    expect(passedOn(headers)).toEqual({ accept: '*/*', 'content-length': '3' });
  });
});
