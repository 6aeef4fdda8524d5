import { z } from 'zod';
import { type Tool, defineTool, failure, ok } from '../tool';
import type { SearchProvider, SearchResult } from '../web/search';
import { untrusted } from '../output/untrusted';
import { cutText } from '../workspace/printable';

const schema = z.object({
  query: z
    .string()
    .trim()
    .min(1)
    .max(400)
    .describe('What to look for, in the words that a page on it would use'),
  maxResults: z.number().int().min(1).max(10).default(5).describe('How many results to return at most'),
});

const oneLine = (text: string, maxCharacters: number): string =>
  cutText(text.replace(/\s+/g, ' ').trim(), maxCharacters);

const entryOf = ({ title, url, snippet }: SearchResult, index: number): string =>
  [
    `${index + 1}. ${oneLine(title, 200) || '(no title)'}`,
    `   ${oneLine(url, 1_000)}`,
    `   ${oneLine(snippet, 500)}`,
  ]
    .join('\n')
    .trimEnd();

const isWeb = ({ url }: SearchResult): boolean => /^https?:\/\//i.test(url);

const description =
  'Searches the public web. Use it to find pages on what you do not know or what may have changed; then read the best ' +
  'of them with fetch_as_markdown. Returns title, address and an excerpt of each result.';

/**
 * `provider`: undefined when none is configured. The tool is offered all the same: a model that has it and is told why it does not work
 * can tell the user what is missing, where one without it would answer from memory.
 */
export const webSearchTool = (provider: SearchProvider | undefined): Tool =>
  defineTool({
    name: 'web_search',
    description:
      provider === undefined ? `${description} It is not configured here: every call fails.` : description,
    schema,
    risk: 'read',
    isIdempotent: true,
    usesWorkspace: false,
    timeoutMs: 30_000,
    cacheMs: 60 * 60_000,
    rateLimit: { calls: 10, perMs: 60_000 },
    async run({ query, maxResults }, { signal }) {
      if (provider === undefined)
        return failure(
          'not_configured',
          'no search engine is configured, so web_search cannot work; say so. Whoever runs Lumina must set LUMINA_SEARCH_PROVIDER',
        );
      const found = await provider.ask({ query, maxResults, signal });
      if (found.kind === 'error') return found;
      const results = found.results.filter(isWeb);
      if (results.length === 0) return ok('… nothing was found; try other or fewer words');
      const content = results.map(entryOf).join('\n');
      return ok(untrusted({ source: `web search by ${provider.name}`, content, maxCharacters: 20_000 }));
    },
  });
