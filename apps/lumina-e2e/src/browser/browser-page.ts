import { accessSync, constants } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type Page, chromium } from 'playwright-core';
import { bundleOf } from './page-bundle';

const executablePath = '/usr/bin/chromium';

/** Whether Debian's Chromium is installed; `./lumina test` sees to it where it can. */
export function hasChromium(): boolean {
  try {
    accessSync(executablePath, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What somebody would write who follows the documentation of `useStream`. */
const source = `
const { createElement: h, useState } = require('react');
const { createRoot } = require('react-dom/client');
const { useStream } = require('@langchain/react');

function Conversation() {
  const [text, setText] = useState('');
  const { messages, interrupt, isLoading, error, submit, respond } = useStream(window.options);
  const decide = (type) => () => respond({ decisions: [{ type }] });
  return h('main', {},
    h('output', { id: 'state' }, isLoading ? 'busy' : 'idle'),
    h('ol', {}, messages.map((message, index) => h('li', { key: index }, message.type + ': ' + message.text))),
    interrupt && h('section', { id: 'asked' }, interrupt.value.action_requests.map(({ name }) => name).join(),
      h('button', { id: 'approve', onClick: decide('approve') }, 'Approve')),
    error && h('p', { id: 'error' }, String(error)),
    h('input', { id: 'text', value: text, onChange: (event) => setText(event.target.value) }),
    h('button', { id: 'send', onClick: () => submit({ messages: [{ type: 'human', content: text }] }) }, 'Send'));
}
createRoot(document.getElementById('root')).render(h(Conversation));
`;

export interface PageSite {
  readonly origin: string;
  close(): Promise<void>;
  /** What its next visitors talk to. */
  options: { readonly apiUrl: string; readonly apiKey: string; readonly assistantId: string } | undefined;
}

/** Serves the page from an origin of its own: the gateway is another one to it. */
export async function servePage(): Promise<PageSite> {
  const bundle = bundleOf(source);
  const site: { options: PageSite['options'] } = { options: undefined };
  const server: Server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    const type = isScript ? 'text/javascript' : 'text/html';
    const html = `<!doctype html><title>Lumina</title><link rel="icon" href="data:,"><div id="root"></div>
      <script>window.options = ${JSON.stringify(site.options)}</script><script src="/page.js"></script>`;
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(isScript ? bundle : html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(site, { origin, close });
}

export interface Visit {
  readonly page: Page;
  /** What the browser complains of: errors of the page, and what CORS stops. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a page in a real browser with an empty profile. */
export async function visit(origin: string): Promise<Visit> {
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(origin);
  return { page, complaints, close: () => browser.close() };
}
