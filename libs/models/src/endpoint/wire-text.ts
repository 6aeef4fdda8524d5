import type { Image, ToolCall, ToolOffer } from '@lumina/contracts';

/** Servers that parse past arguments must find an object, so words that were none are wrapped in one. */
export const argsOf = ({ args, malformed }: ToolCall): Readonly<Record<string, unknown>> =>
  args ?? { unparsed_arguments: malformed ?? '' };

/**
 * Writes each tool's JSON once: the tools are the largest part of many requests, and the same in all.
 *
 * @param form what a wire makes of an offer
 */
export function toolWriter(form: (offer: ToolOffer) => object): (offers: readonly ToolOffer[]) => string {
  const written = new WeakMap<ToolOffer, string>();
  const textOf = (offer: ToolOffer): string => {
    const known = written.get(offer);
    if (known !== undefined) return known;
    const text = JSON.stringify(form(offer));
    written.set(offer, text);
    return text;
  };
  return (offers) => `[${offers.map(textOf).join(',')}]`;
}

/** A body with its tools, which are written already. */
export const withTools = (body: object, tools: string): string =>
  tools === '[]' ? JSON.stringify(body) : `${JSON.stringify(body).slice(0, -1)},"tools":${tools}}`;

/** An image as an address that holds it. */
export const dataUrl = (image: Image): string =>
  'url' in image ? image.url : `data:${image.mediaType};base64,${image.data}`;
