/** A response is a run, and its name is the run's. */
const hexOf = (run: string): string => run.replaceAll('-', '');

export const responseId = (run: string): string => `resp_${hexOf(run)}`;
export const completionId = (run: string): string => `chatcmpl-${hexOf(run)}`;

/** The run that a response is; undefined for what is no id of ours. */
export function runOfResponse(id: string): string | undefined {
  const hex = /^resp_([0-9a-f]{32})$/.exec(id)?.[1];
  return hex?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Names of output items: the same for the same events, at any gateway. */
export const itemId = (kind: 'msg' | 'fc' | 'mcp', messageId: string, index?: number): string => {
  const name = messageId.replace(/^msg-/, '').replaceAll('-', '_');
  return index === undefined ? `${kind}_${name}` : `${kind}_${name}_${index}`;
};
