import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { programs } from '@lumina/testbed';
import { type Build, buildImages, differing, imageName, images, contentsOf, services } from './builds';
import { type Bases, CannotBuild, type CommandLine, readCommandLine } from './command-line';
import { debianBases } from './debian';
import { Engine, searchPath } from './engine';
import { output } from './program';
import { type Finding, Trial, earlyStop } from './trial';

const repository = dirname(programs);
const megabyte = 1_000_000;
/** What an image may add to its base. */
const barBytes = 250 * megabyte;
const tags = { present: 'trial', again: 'trial-again', old: 'trial-old' } as const;

const startMs = performance.now();
const say = (text: string): void => {
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1).padStart(6);
  process.stderr.write(`images: ${seconds} s  ${text}\n`);
};

interface Work {
  readonly line: CommandLine;
  readonly engine: Engine;
  readonly scratch: string;
}

async function builtAndCompared({ line, engine }: Work, bases: Bases): Promise<readonly Finding[]> {
  const epoch = Number((await output('git', ['-C', repository, 'log', '-1', '--format=%ct'])).trim());
  const hasNetwork = line.bases !== undefined;
  const build: Build = {
    ...{ context: repository, bases, tag: tags.present, targets: images },
    ...{ epoch, hasNetwork },
  };
  say(hasNetwork ? 'building' : 'building, without a network');
  const built = await buildImages(engine, build);
  const findings: Finding[] = [];
  for (const image of images) {
    const base = await contentsOf(engine, image === 'tool-executor' ? bases.programs : bases.runtime);
    const bytes = (built.get(image)?.bytes ?? 0) - base.bytes;
    const detail = `${Math.round(bytes / megabyte)} MB over its base`;
    const fault = bytes <= barBytes ? undefined : `${detail}; the bar is ${barBytes / megabyte}`;
    findings.push({ what: `${imageName(image, tags.present)} is small`, fault, detail });
  }
  if (!line.isComparing) return findings;
  say('building a second time, from nothing');
  const again = await buildImages(engine, { ...build, tag: tags.again, isFromNothing: true });
  const others = differing(built, again);
  const fault = others.length === 0 ? undefined : `these differ: ${others.join(', ')}`;
  return [...findings, { what: 'two builds have the same layers and settings', fault, detail: '' }];
}

async function tried({ engine, scratch }: Work): Promise<readonly Finding[]> {
  say('running them together');
  const trial = await Trial.start(engine, tags.present, join(scratch, 'trial'));
  try {
    return [...(await trial.findings()), ...(await earlyStop(engine, tags.present))];
  } finally {
    await trial.stop();
  }
}

/** Builds a commit's images by its own Dockerfile, and has the drill roll out from them. */
async function rolledOut({ line, engine, scratch }: Work, bases: Bases): Promise<readonly Finding[]> {
  const { rolloutFrom: commit } = line;
  if (commit === undefined) return [];
  say(`building ${commit}`);
  const context = join(scratch, 'old');
  const archive = join(scratch, 'old.tar');
  mkdirSync(context);
  await output('git', ['-C', repository, 'archive', `--output=${archive}`, '--end-of-options', commit]);
  await output('tar', ['-xf', archive, '-C', context]);
  await buildImages(engine, {
    context,
    bases,
    tag: tags.old,
    targets: services,
    epoch: 0,
    hasNetwork: line.bases !== undefined,
  });
  say('rolling out from it');
  const drill = join(programs, 'tools/drills/src/main.js');
  const options = [
    'rollout',
    '--images',
    `${tags.old},${tags.present}`,
    ...(line.isDrillShort ? ['--short'] : []),
  ];
  const env = { DOCKER_HOST: engine.url, PATH: searchPath };
  try {
    process.stdout.write(await output(process.execPath, [drill, ...options], { env }));
    return [{ what: 'a roll-out of the images loses nothing', fault: undefined, detail: '' }];
  } catch (error) {
    return [{ what: 'a roll-out of the images loses nothing', fault: (error as Error).message, detail: '' }];
  }
}

function report(findings: readonly Finding[]): boolean {
  for (const { what, fault, detail } of findings)
    process.stdout.write(
      `${fault === undefined ? 'ok   ' : 'WRONG'}  ${what}${detail === '' ? '' : ` (${detail})`}${fault === undefined ? '' : `: ${fault}`}\n`,
    );
  return findings.every(({ fault }) => fault === undefined);
}

async function main(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2));
  const scratch = mkdtempSync(join(tmpdir(), 'lumina-images-'));
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => reject(new CannotBuild('interrupted')));
  });
  let engine: Engine | undefined;
  try {
    engine =
      line.engine === undefined ? await Engine.start(join(scratch, 'engine')) : await Engine.at(line.engine);
    const work: Work = { line, engine, scratch };
    const all = async (): Promise<readonly Finding[]> => {
      if (line.bases === undefined) say('bootstrapping Debian');
      const bases = line.bases ?? (await debianBases(work.engine, { repository, scratch }));
      const built = await builtAndCompared(work, bases);
      return [...built, ...(await tried(work)), ...(await rolledOut(work, bases))];
    };
    return report(await Promise.race([all(), interrupted])) ? 0 : 1;
  } finally {
    await engine?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function exitCode(): Promise<number> {
  try {
    return await main();
  } catch (error) {
    say(error instanceof CannotBuild ? error.message : String((error as Error).stack));
    return error instanceof CannotBuild ? 2 : 1;
  }
}

void exitCode().then((code) => process.exit(code));
