import { isSimulated } from '../stack/model-choice';
import { type StackState, urlOf } from '../stack/stack-state';

export function modelText(model: string): string {
  return isSimulated(model)
    ? `${model}: a simulated model answers (set OPENAI_API_KEY, OPENAI_BASE_URL, OLLAMA_BASE_URL or LUMINA_MODEL for a real one)`
    : model;
}

/** What one needs to know of a stack that is ready. */
export function stackText(state: StackState, developmentKey: string): string {
  const url = urlOf(state, 'gateway') ?? '';
  return `Lumina is ready.

  gateway   ${url}
  health    ${urlOf(state, 'health') ?? ''}/health
  API key   ${developmentKey}   (for development)
  model     ${modelText(state.model)}

  curl -s ${url}/chat -H 'x-api-key: ${developmentKey}' \\
    -H 'content-type: application/json' -d '{"message": "What can you do?"}'

`;
}
