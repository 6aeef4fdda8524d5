import { EscapeError } from '../workspace/path-components';
import { type ReadSnapshot, type Snapshot, newFileAttributes } from '../workspace/place';
import type { FileChange, Place, Writer } from '../workspace';
import { WorkspaceError } from '../workspace';
import { formatBytes, plural, printableName } from '../workspace/printable';
import { type EditableText, editableText, editedBytes } from './editable-text';
import type { Hunk } from './hunk';
import { patchedText } from './patched-text';
import type { FileDiff } from './unified-diff';

export interface PlanOptions {
  readonly maxFuzz: number;
  readonly signal: AbortSignal;
}

export interface PatchPlan {
  readonly changes: readonly FileChange[];
  /** What is done, a line for each file. */
  readonly answer: string;
}

interface PlannedFile {
  readonly changes: readonly FileChange[];
  readonly said: string;
}

const maxFileBytes = 4 * 1024 * 1024;
const maxTotalBytes = 64 * 1024 * 1024;
const maxShownProblems = 20;

/**
 * What a patch changes, file by file, with nothing changed yet.
 *
 * @throws WorkspaceError that names every file and hunk that does not fit, and why
 */
export async function planPatch(
  writer: Writer,
  files: readonly FileDiff[],
  options: PlanOptions,
): Promise<PatchPlan> {
  const planned: PlannedFile[] = [];
  const problems: { type: WorkspaceError['type']; text: string }[] = [];
  let totalBytes = 0;
  for (const file of files) {
    try {
      const plan = await planFile(writer, file, options);
      planned.push(plan);
      for (const { before, after } of plan.changes)
        totalBytes += (before?.sizeBytes ?? 0) + (after?.sizeBytes ?? 0);
    } catch (error) {
      if (!(error instanceof WorkspaceError) || error instanceof EscapeError) throw error;
      problems.push({ type: error.type, text: error.message });
    }
    if (totalBytes > maxTotalBytes)
      throw new WorkspaceError(
        'limit',
        `the files hold more than ${formatBytes(maxTotalBytes)}: patch fewer at a time`,
      );
  }
  problems.push(...repeated(planned.flatMap(({ changes }) => changes)));
  const [first] = problems;
  if (first !== undefined)
    throw refusal(
      first.type,
      problems.map(({ text }) => text),
    );
  return {
    changes: planned.flatMap(({ changes }) => changes),
    answer: planned.map(({ said }) => said).join('\n'),
  };
}

function refusal(type: WorkspaceError['type'], problems: readonly string[]): WorkspaceError {
  const shown = problems.slice(0, maxShownProblems).map((text) => `- ${text}`);
  const more = problems.length - shown.length;
  return new WorkspaceError(
    type,
    ['nothing was changed:', ...shown, ...(more > 0 ? [`- and ${plural(more, 'more problem')}`] : [])].join(
      '\n',
    ),
  );
}

function repeated(changes: readonly FileChange[]) {
  const seen = new Set<string>();
  return changes.flatMap(({ place }) => {
    if (!seen.has(place.key)) {
      seen.add(place.key);
      return [];
    }
    const text = `${place.shown} is changed by two sections of the patch: join them`;
    return [{ type: 'bad_arguments' as const, text }];
  });
}

function planFile(writer: Writer, file: FileDiff, options: PlanOptions): Promise<PlannedFile> {
  if (file.oldPath === undefined) return planCreation(writer, file, file.newPath ?? '', options);
  return planChange(writer, file, file.oldPath, options);
}

async function planCreation(
  writer: Writer,
  { hunks, isExecutable }: FileDiff,
  path: string,
  { signal }: PlanOptions,
): Promise<PlannedFile> {
  const place = await writer.newPlace(path);
  if ((await place.snapshot(signal)) !== undefined)
    throw new WorkspaceError('conflict', `${place.shown} is to be created, but exists already`);
  const lines = hunks.flatMap((hunk) => hunk.lines);
  if (lines.some(({ kind }) => kind !== 'new'))
    throw new WorkspaceError(
      'no_match',
      `${place.shown} is to be created, so each line of it must begin with "+"`,
    );
  const bytes = Buffer.from(lines.map(({ text }) => text).join(''));
  const mode = isExecutable === true ? 0o755 : newFileAttributes.mode;
  return {
    changes: [{ place, before: undefined, after: contentOf(bytes, { mode }) }],
    said: `${printableName(path)} created: ${plural(lines.length, 'line')}`,
  };
}

const contentOf = (bytes: Buffer, attributes: { mode: number } | Snapshot) => ({
  ...{ sizeBytes: bytes.length, chunks: [bytes], attributes },
});

async function planChange(
  writer: Writer,
  file: FileDiff,
  oldPath: string,
  options: PlanOptions,
): Promise<PlannedFile> {
  const place = await writer.place(oldPath);
  const before = await place.read(maxFileBytes, options.signal);
  if (before === undefined) throw new WorkspaceError('not_found', `${place.shown} does not exist`);
  const patched = file.hunks.length === 0 ? undefined : patchedFile(place, before, { file, options });
  if (file.newPath === undefined) return planDeletion(place, before, patched);
  const bytes = patched?.bytes ?? before.bytes;
  const after = contentOf(bytes, { ...before, mode: modeAfter(before.mode, file.isExecutable) });
  const remarks = patched?.remarks ?? [];
  const counted = [...(patched === undefined ? [] : [countsOf(file.hunks)]), ...remarks].join('; ');
  if (file.newPath === oldPath)
    return { changes: [{ place, before, after }], said: `${printableName(oldPath)} changed: ${counted}` };
  const to = await writer.newPlace(file.newPath);
  if ((await to.snapshot(options.signal)) !== undefined)
    throw new WorkspaceError('conflict', `${to.shown} is to be the new name of a file, but exists already`);
  const said = `${printableName(oldPath)} renamed to ${printableName(file.newPath)}`;
  return {
    changes: [
      { place: to, before: undefined, after },
      { place, before, after: undefined },
    ],
    said: counted === '' ? said : `${said}: ${counted}`,
  };
}

const modeAfter = (mode: number, isExecutable: boolean | undefined): number => {
  if (isExecutable === undefined) return mode;
  return isExecutable ? mode | 0o111 : mode & ~0o111;
};

interface PatchedFile {
  readonly bytes: Buffer;
  readonly remarks: readonly string[];
}

function patchedFile(
  place: Place,
  before: ReadSnapshot,
  { file, options }: { file: FileDiff; options: PlanOptions },
): PatchedFile {
  const editable = editableText(before.bytes, place.shown);
  const hunks = withLineEnds(file.hunks, editable);
  const result = patchedText(editable.text, hunks, options.maxFuzz);
  if (result.kind === 'error')
    throw new WorkspaceError(
      'no_match',
      result.problems.map((text) => `${place.shown}: ${text}`).join('\n- '),
    );
  const recounted = hunks.filter(({ isRecounted }) => isRecounted).length;
  return {
    bytes: editedBytes(result.text, editable),
    remarks: [
      ...result.remarks,
      ...(recounted > 0 ? [`${plural(recounted, 'hunk')} had wrong line counts, which were corrected`] : []),
    ],
  };
}

/** Hunks for a file whose line ends were taken off do not have them either. */
const withLineEnds = (hunks: readonly Hunk[], { lineEnd }: EditableText): readonly Hunk[] =>
  lineEnd === '\n'
    ? hunks
    : hunks.map((hunk) => ({
        ...hunk,
        lines: hunk.lines.map((line) => ({ ...line, text: line.text.replace(/\r(\n?)$/, '$1') })),
      }));

function planDeletion(place: Place, before: Snapshot, patched: PatchedFile | undefined): PlannedFile {
  if ((patched?.bytes.length ?? before.sizeBytes) > 0)
    throw new WorkspaceError(
      'no_match',
      `${place.shown} is to be deleted, but holds more than the lines that the patch removes; quote all of it, or use delete_file`,
    );
  return { changes: [{ place, before, after: undefined }], said: `${printableName(place.asked)} deleted` };
}

function countsOf(hunks: readonly Hunk[]): string {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const added = lines.filter(({ kind }) => kind === 'new').length;
  const removed = lines.filter(({ kind }) => kind === 'old').length;
  return `${plural(hunks.length, 'hunk')}, +${added} −${removed}`;
}
