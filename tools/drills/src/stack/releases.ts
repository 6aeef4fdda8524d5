import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Release, imageUser, presentRelease, programs } from '@lumina/testbed';
import { CannotDrill } from '../cannot-drill';
import type { DrillContext } from '../drill';
import { type DrillFolder, agentsOfAnyVersion } from './drill-files';

const run = promisify(execFile);
const repository = dirname(programs);
const buildTimeoutMs = 180_000;

export interface Releases {
  readonly old: Release;
  readonly new: Release;
}

/** The two versions that a roll-out is between: images when they are named, else a commit (the one before the last) and the present build. */
export async function releasesOf({ options, folder, progress }: DrillContext): Promise<Releases> {
  writeFileSync(folder.config, agentsOfAnyVersion);
  if (options.images !== undefined) return imagesOf(options.images, folder);
  const ref = options.from ?? 'HEAD~1';
  progress(`building ${ref}, the old version`);
  return { old: await treeAt(ref, folder), new: presentRelease };
}

/** Builds a commit's sources into a folder of its own, with the packages of the present one. */
async function treeAt(ref: string, folder: DrillFolder): Promise<Release> {
  const root = join(folder.root, 'old');
  const archive = join(folder.root, 'old.tar');
  mkdirSync(root);
  try {
    const git = ['-C', repository, 'archive', `--output=${archive}`, '--end-of-options', ref];
    await run('git', [...git, 'apps', 'libs', 'tools', 'tsconfig.base.json', 'package.json', 'lumina.yaml']);
    await run('tar', ['-xf', archive, '-C', root]);
  } catch (error) {
    throw new CannotDrill(
      `there is no old version to roll out from: git knows no '${ref}' here (${String(error)})`,
    );
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  const build = [join(root, 'tools/build/build.mjs'), 'apps', 'libs'];
  await run(process.execPath, build, { cwd: root, timeout: buildTimeoutMs });
  return { kind: 'tree', name: ref, programs: join(root, 'dist') };
}

/** Of images already built; `DOCKER_HOST` says where. */
function imagesOf([old, present]: readonly [string, string], folder: DrillFolder): Releases {
  const engine = process.env['DOCKER_HOST'];
  if (engine === undefined) throw new CannotDrill('DOCKER_HOST does not say where the images are');
  giveToImages(folder.root);
  // The drill's own tool is loaded from where it is built.
  const tool = [programs, join(repository, 'node_modules')].map((path) => ({ path, isWritable: false }));
  const folders = [...tool, { path: folder.root, isWritable: true }];
  const of = (tag: string): Release => ({ kind: 'images', name: tag, engine, tag, folders });
  return { old: of(old), new: of(present) };
}

function giveToImages(path: string): void {
  chownSync(path, imageUser, imageUser);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) giveToImages(below);
    else chownSync(below, imageUser, imageUser);
  }
}
