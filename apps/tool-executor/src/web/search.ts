import type { ToolFailure } from '../tool';

export interface SearchQuestion {
  readonly query: string;
  readonly maxResults: number;
  readonly signal: AbortSignal;
}

export interface SearchResult {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}

export interface SearchFindings {
  readonly kind: 'ok';
  readonly results: readonly SearchResult[];
}

/** A search engine. Never rejects. */
export interface SearchProvider {
  readonly name: string;
  ask(question: SearchQuestion): Promise<SearchFindings | ToolFailure>;
}
