// C0 and C1 controls, DEL, and what changes the direction of a line; a tab and a line feed are text.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of a model or a tool for a terminal: whatever could move the cursor, change colours or rename the window is taken out, for
 * it may be the work of somebody who wrote a file that the agent has read.
 */
export const printable = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(controls, '');

/** On one line of at most `max` characters. */
export function oneLine(text: string, max: number): string {
  const line = printable(text).replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}
