import { WorkspaceError } from '../workspace';

/**
 * A text file as it is edited: lines without their ends, and what it takes to give the file back byte for byte.
 *
 * E1 A file in which every line ends with CRLF is edited as if it ended them with LF, and gets CRLF back. In a file that mixes both, a
 *    carriage return is part of its line.
 */
export interface EditableText {
  readonly text: string;
  readonly lineEnd: '\n' | '\r\n';
  readonly hasByteOrderMark: boolean;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const byteOrderMark = '\ufeff';

/** @throws WorkspaceError `binary` for what is not UTF-8 text */
export function editableText(bytes: Buffer, shownPath: string): EditableText {
  let whole: string;
  try {
    whole = decoder.decode(bytes);
  } catch {
    throw new WorkspaceError('binary', `${shownPath} is not UTF-8 text and cannot be edited; write it anew`);
  }
  if (whole.includes('\0'))
    throw new WorkspaceError('binary', `${shownPath} is a binary file and cannot be edited`);
  const hasByteOrderMark = whole.startsWith(byteOrderMark);
  const text = hasByteOrderMark ? whole.slice(1) : whole;
  if (!text.includes('\r\n') || /(^|[^\r])\n/.test(text) || /\r(?!\n)/.test(text))
    return { text, lineEnd: '\n', hasByteOrderMark };
  return { text: text.replaceAll('\r\n', '\n'), lineEnd: '\r\n', hasByteOrderMark };
}

export function editedBytes(text: string, { lineEnd, hasByteOrderMark }: Omit<EditableText, 'text'>): Buffer {
  const body = lineEnd === '\n' ? text : text.replaceAll('\n', '\r\n');
  return Buffer.from(`${hasByteOrderMark ? byteOrderMark : ''}${body}`);
}

/** The lines of a text; a last one without a line end counts, an empty one after the last line end does not. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
