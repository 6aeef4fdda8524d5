import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Bases, CannotBuild } from './command-line';
import { type Engine, searchPath } from './engine';
import { output } from './program';

/** What each image holds beyond Debian's least. */
const contents = {
  runtime: [],
  programs: ['bubblewrap', 'git', 'python3-minimal', 'ca-certificates'],
  compiler: ['gcc', 'libc6-dev'],
} as const;
type Part = keyof typeof contents;

/** Made anew by every package manager that needs it. */
const spare = ['var/cache/apt', 'var/lib/apt/lists', 'var/log', 'usr/share/doc-base', 'debootstrap'];

interface Suite {
  readonly name: string;
  readonly mirror: string;
}

/** The system's own suite, from the mirror that its package manager is set to. */
async function suiteOfThisMachine(): Promise<Suite> {
  const name = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  if (name === undefined) throw new CannotBuild('/etc/os-release names no suite to bootstrap');
  const targets = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', `Release: ${name}`];
  const mirror = (await output('apt-get', targets)).split('\n').find((line) => /^https?:/.test(line));
  if (mirror !== undefined) return { name, mirror };
  throw new CannotBuild(
    `the package manager of this machine knows no mirror of ${name}: apt-get update first`,
  );
}

/** One root file system as a tar file; kept in `cache`, and used again. */
async function bootstrap(part: Part, suite: Suite, cache: string): Promise<string> {
  const tar = join(cache, `${suite.name}-${part}.tar`);
  if (existsSync(tar)) return tar;
  const root = join(cache, `${part}.root`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const include = contents[part].length === 0 ? [] : [`--include=${contents[part].join(',')}`];
  await output('debootstrap', ['--variant=minbase', ...include, suite.name, root, suite.mirror], {
    env: { PATH: searchPath },
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CannotBuild('there is no debootstrap (Debian: apt-get install debootstrap)');
  });
  for (const path of spare) rmSync(join(root, path), { recursive: true, force: true });
  await output('tar', ['--sort=name', '-C', root, '-cf', `${tar}.part`, '.']);
  await output('mv', [`${tar}.part`, tar]);
  rmSync(root, { recursive: true, force: true });
  return tar;
}

/** npm as it is installed here, with what it has in its cache: an image in which `npm ci` needs no network. */
async function toolsOfThisMachine(repository: string, folder: string): Promise<string> {
  const npmProgram = (await output('sh', ['-c', 'command -v npm'])).trim();
  const npm = dirname(dirname(realpathSync(npmProgram)));
  const cache = (await output('npm', ['config', 'get', 'cache'])).trim();
  const registry = (await output('npm', ['config', 'get', 'registry'])).trim();
  if (!existsSync(join(cache, '_cacache')))
    throw new CannotBuild(`npm has nothing in its cache (${cache}): npm ci first`);
  const at = (path: string): string => join(folder, path);
  for (const path of ['usr/local/bin', 'usr/local/lib/node_modules', 'root/.npm'])
    mkdirSync(at(path), { recursive: true });
  cpSync(npm, at('usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', at('usr/local/bin/npm'));
  cpSync(join(repository, `node_modules/node-linux-${process.arch}/bin/node`), at('usr/local/bin/node'));
  await output('cp', ['-a', join(cache, '_cacache'), at('root/.npm/')]);
  writeFileSync(at('root/.npmrc'), `registry=${registry}\n`);
  return folder;
}

/** Debian's root file systems as images of this engine. `scratch` is a folder that may be filled. */
export async function debianBases(
  engine: Engine,
  { repository, scratch }: { readonly repository: string; readonly scratch: string },
): Promise<Bases> {
  const cache = join(repository, '.cache/images');
  mkdirSync(cache, { recursive: true });
  const suite = await suiteOfThisMachine();
  const imported = async (part: Part): Promise<string> => {
    const name = `lumina-base:${part}`;
    await engine.docker(['import', await bootstrap(part, suite, cache), name]);
    return name;
  };
  const runtime = await imported('runtime');
  const programs = await imported('programs');
  const compiler = await imported('compiler');
  const folder = await toolsOfThisMachine(repository, join(scratch, 'tools'));
  const recipe = join(scratch, 'Dockerfile.tools');
  writeFileSync(recipe, `FROM ${compiler}\nCOPY . /\n`);
  const build = 'lumina-base:build';
  await engine.docker(['build', '--network', 'none', '--file', recipe, '--tag', build, folder]);
  rmSync(folder, { recursive: true, force: true });
  return { build, runtime, programs };
}
