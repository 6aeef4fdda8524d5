import { jest } from '@jest/globals';
import { eventually } from '@lumina/testing';
import { Window } from 'happy-dom';

interface Stream {
  readonly messages: readonly { readonly type: string; readonly text: string }[];
  readonly interrupt:
    { readonly value: { readonly action_requests: readonly { name: string }[] } } | undefined;
  readonly isLoading: boolean;
  readonly error: unknown;
  submit(input: unknown): Promise<void>;
  respond(response: unknown): Promise<void>;
}

interface React {
  createElement(type: unknown, props: unknown, ...children: readonly unknown[]): unknown;
}
interface ReactDom {
  readonly createRoot: (element: unknown) => { render(element: unknown): void; unmount(): void };
}

export interface PageOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly assistantId: string;
}

export interface Page {
  readonly errors: readonly unknown[];
  /** What the page shows: whether it is idle, each message, and what is asked. */
  text(): string;
  say(content: string): void;
  respond(response: unknown): void;
  close(): Promise<void>;
}

/** A page in a window without a browser, that shows a conversation as `useStream` of the real package gives it. */
export async function openPage(options: PageOptions): Promise<Page> {
  const window = new Window({ url: 'http://localhost/' });
  // React looks for a browser when it is loaded; the network stays Node's.
  Object.assign(globalThis, { window, document: window.document });
  const react = jest.requireActual<React>('react');
  const { createRoot } = jest.requireActual<ReactDom>('react-dom/client');
  const { useStream } = jest.requireActual<{ useStream: (options: unknown) => Stream }>('@langchain/react');
  const errors: unknown[] = [];
  let stream: Stream | undefined;

  function Conversation(): unknown {
    stream = useStream(options);
    const { messages, interrupt, isLoading, error } = stream;
    if (error !== undefined && error !== null) errors.push(error);
    const lines = messages.map(({ type, text }) => `${type}: ${text}`);
    const asked = interrupt?.value.action_requests.map(({ name }) => `asks: ${name}`) ?? [];
    const shown = [isLoading ? 'busy' : 'idle', ...lines, ...asked];
    return react.createElement('pre', {}, shown.join('\n'));
  }

  const element = window.document.createElement('div');
  window.document.body.appendChild(element);
  const root = createRoot(element);
  root.render(react.createElement(Conversation, {}));
  await eventually('the page is there', () => stream !== undefined);
  const keep = (done: Promise<void> | undefined): void => {
    done?.catch((error: unknown) => errors.push(error));
  };
  return {
    errors,
    text: () => element.textContent,
    say: (content) => keep(stream?.submit({ messages: [{ type: 'human', content }] })),
    respond: (response) => keep(stream?.respond(response)),
    close: async () => {
      root.unmount();
      await window.happyDOM.close();
      Reflect.deleteProperty(globalThis, 'window');
      Reflect.deleteProperty(globalThis, 'document');
    },
  };
}
