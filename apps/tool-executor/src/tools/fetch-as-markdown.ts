import type { HttpClient, HttpResponse } from '@lumina/platform';
import { z } from 'zod';
import { type Tool, type ToolFailure, defineTool, failure, ok } from '../tool';
import type { PageReader } from '../web/page-reader';
import { untrusted } from '../output/untrusted';
import { callFailure, readingFailure, statusFailure } from '../web/web-failure';
import { kindOfText, mediaType, textOf } from '../web/web-text';

const maxBytes = 3 * 1024 * 1024;
const maxCharacters = 40_000;

const schema = z.object({
  url: z.string().trim().min(1).max(4_000).describe('Complete address, for example https://example.com/page'),
  start: z
    .number()
    .int()
    .min(0)
    .max(10_000_000)
    .default(0)
    .describe('From which character on to show it; 0 is the beginning'),
});

export interface FetchingOptions {
  readonly client: Pick<HttpClient, 'send'>;
  readonly pages: Pick<PageReader, 'page'>;
}

export const fetchAsMarkdownTool = ({ client, pages }: FetchingOptions): Tool =>
  defineTool({
    name: 'fetch_as_markdown',
    description:
      'Fetches one page of the public web and returns it as Markdown: the article of an HTML page, text and JSON as they ' +
      'are. Use it when you know the address; find addresses with web_search. PDF, images and other binary files are ' +
      'refused, and so are addresses that are not public. A long page comes in parts: go on with start.',
    schema,
    risk: 'read',
    isIdempotent: true,
    usesWorkspace: false,
    timeoutMs: 45_000,
    cacheMs: 15 * 60_000,
    rateLimit: { calls: 60, perMs: 60_000 },
    async run({ url, start }, { signal }) {
      const accept =
        'text/html, application/xhtml+xml, text/markdown, text/plain, application/json;q=0.9, */*;q=0.5';
      const answer = await client.send({ url, signal, maxBytes, timeoutMs: 30_000, headers: { accept } });
      if (answer.kind === 'failed') return callFailure(answer);
      const { host } = new URL(answer.url);
      if (answer.status < 200 || answer.status > 299) return statusFailure(host, answer.status);
      const content = await contentOf(answer, pages, signal);
      if (typeof content !== 'string') return content;
      if (start > 0 && start >= content.length)
        return failure(
          'bad_arguments',
          `the page has only ${content.length} characters; start lies beyond its end`,
        );
      const howToGetTheRest = `go on with start ${start + maxCharacters}`;
      return ok(untrusted({ source: answer.url, content, start, maxCharacters, howToGetTheRest }));
    },
  });

/** What the response says, as text for the model. */
async function contentOf(
  answer: HttpResponse,
  pages: Pick<PageReader, 'page'>,
  signal: AbortSignal,
): Promise<string | ToolFailure> {
  const type = mediaType(answer);
  const kind = kindOfText(type);
  if (kind === 'other')
    return failure(
      'binary',
      `this is ${type}, which fetch_as_markdown does not read; look for the same in HTML or as text`,
    );
  const text = textOf(answer);
  if (kind === 'text') return text;
  const reading = await pages.page({ html: text, url: answer.url }, signal);
  if (reading.kind === 'failed') return readingFailure(reading);
  const { title, markdown } = reading.value;
  return title === '' ? markdown : `title: ${title}\n\n${markdown}`;
}
