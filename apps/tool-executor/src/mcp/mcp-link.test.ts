import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@lumina/testing';
import { type HttpServerBench, plainTool, said, startHttpServer } from './testing/http-server';
import { type LinkBench, httpLink } from './testing/link-bench';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function bench(settings: Parameters<typeof httpLink>[1] = {}) {
  const server = await startHttpServer([plainTool('find'), plainTool('get')]);
  const link = httpLink(server.url, settings);
  open.push(link, { close: () => server.stop() });
  return { server, link };
}

const connected = (link: LinkBench): Promise<unknown> =>
  eventually('it is connected', async () => link.link.state.kind === 'connected');
const away = (link: LinkBench): Promise<unknown> =>
  eventually('it is away', async () => link.link.state.kind === 'away');

describe('a line to an MCP server over HTTP', () => {
  it('lists its tools and calls them, with the headers that it was given', async () => {
    const { server, link } = await bench({ headers: { authorization: 'Bearer k' } });
    await connected(link);
    expect([...(link.link.listing?.tools.keys() ?? [])]).toEqual(['mcp__notes__find', 'mcp__notes__get']);
    const result = await link.call('find', { q: 'x' });
    expect(result).toMatchObject({ kind: 'ok', content: expect.stringContaining('find ran') });
    expect(server.headers.every(({ authorization }) => authorization === 'Bearer k')).toBe(true);
  });

  it('hears that the tools have changed', async () => {
    const { server, link } = await bench();
    await connected(link);
    server.tools = [plainTool('other')];
    await eventually('it listed them anew', async () => {
      server.changed();
      return link.link.listing?.tools.has('mcp__notes__other') === true;
    });
  });

  it('looks now and then although it was told nothing', async () => {
    const { server, link } = await bench({ times: { refreshMs: 20, minRefreshMs: 1 } });
    await connected(link);
    server.tools = [plainTool('other')];
    await eventually(
      'it listed them anew',
      async () => link.link.listing?.tools.has('mcp__notes__other') === true,
    );
  });

  it('tells an error of the tool as one, in its words below a line of ours', async () => {
    const { server, link } = await bench();
    await connected(link);
    server.run = () => ({ ...said('no such note'), isError: true });
    const result = await link.call('find', {});
    expect(result).toMatchObject({ kind: 'error', type: 'remote_failure' });
    expect(result).not.toHaveProperty('isOutcomeUnknown');
    expect(result).toMatchObject({ message: 'the tool says that it failed:\nno such note' });
  });

  it('answers that it is away, at once and without a call, while the server is down; and is back by itself', async () => {
    const { server, link } = await bench();
    await connected(link);
    const { port } = server;
    await server.stop();
    await link.call('find', {});
    await away(link);
    expect(await link.call('find', {})).toMatchObject({ kind: 'error', type: 'unavailable' });
    const again = await startHttpServer([plainTool('find')], port);
    open.push({ close: () => again.stop() });
    await connected(link);
    expect(await link.call('find', {})).toMatchObject({ kind: 'ok' });
  });

  it('does not know the outcome when the answer does not come in time, and calls once', async () => {
    const { server, link } = await bench({ callTimeoutMs: 100 });
    await connected(link);
    server.run = () => new Promise(() => undefined);
    expect(await link.call('find', {})).toMatchObject({
      kind: 'error',
      type: 'timeout',
      isOutcomeUnknown: true,
    });
    expect(server.calls).toEqual(['find']);
    server.run = () => said('well again');
    expect(await link.call('find', {})).toMatchObject({ kind: 'ok' });
  });

  it('does not know the outcome when the server is lost half-way', async () => {
    const { server, link } = await bench();
    await connected(link);
    server.run = async () => {
      void server.stop();
      return new Promise(() => undefined);
    };
    expect(await link.call('find', {})).toMatchObject({
      kind: 'error',
      type: 'unavailable',
      isOutcomeUnknown: true,
    });
    expect(server.calls).toEqual(['find']);
  });

  it('does not know the outcome when more is answered than is read, and goes on', async () => {
    const { server, link } = await bench();
    await connected(link);
    server.run = () => said('x'.repeat(9 * 1024 ** 2));
    expect(await link.call('find', {})).toMatchObject({ kind: 'error', isOutcomeUnknown: true });
    server.run = () => said('well again');
    await eventually('it is called again', async () => (await link.call('find', {})).kind === 'ok');
  });

  it('ends a call at once when its answer is not wanted any more', async () => {
    const { server, link } = await bench();
    await connected(link);
    server.run = () => new Promise(() => undefined);
    const stop = new AbortController();
    const asked = link.call('find', {}, stop.signal);
    await eventually('the server has the call', async () => server.calls.length === 1);
    stop.abort();
    expect(await asked).toMatchObject({ kind: 'error', type: 'cancelled' });
  });

  it('knows that a call which is refused at the door was not run', async () => {
    const { server, link } = await bench();
    await connected(link);
    server.intercept = (_request, response) => {
      response.writeHead(401).end('who are you?');
      return true;
    };
    const result = await link.call('find', {});
    expect(result).toMatchObject({ kind: 'error', type: 'unavailable' });
    expect(result).not.toHaveProperty('isOutcomeUnknown');
    await away(link);
  });

  it('reaches no internal address unless it is said to be internal', async () => {
    const server: HttpServerBench = await startHttpServer([plainTool('find')]);
    const link = httpLink(server.url, { isInternal: false });
    open.push(link, { close: () => server.stop() });
    await away(link);
    expect(link.link.state).toMatchObject({
      reason: expect.stringContaining('not an address of the public internet'),
    });
    expect(server.headers).toEqual([]);
  });
});
