import { read } from './house';

/** What an image of ours brings to a container that says nothing itself. */
export interface ImageDefaults {
  readonly entrypoint: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const stage = (target: string): { readonly from: string; readonly text: string } | undefined => {
  const found = new RegExp(`^FROM (\\S+) AS ${target}$([^]*?)(?=^FROM |(?![^]))`, 'm').exec(
    read('Dockerfile'),
  );
  return found === null ? undefined : { from: found[1] ?? '', text: found[2] ?? '' };
};

/** As the Dockerfile's target says, and those that it is made from. Undefined: it has no such target. */
export function imageDefaults(target: string): ImageDefaults | undefined {
  const own = stage(target);
  if (own === undefined) return undefined;
  const below = imageDefaults(own.from) ?? { entrypoint: [], env: {} };
  const variables = [...own.text.matchAll(/^ENV (.*)$/gm)].flatMap(([, rest = '']) => rest.split(' '));
  const pairs = variables.map((one) => [one.replace(/=.*/, ''), one.replace(/^[^=]*=/, '')]);
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(own.text)?.[1];
  return {
    entrypoint: entrypoint === undefined ? below.entrypoint : (JSON.parse(entrypoint) as readonly string[]),
    env: { ...below.env, ...(Object.fromEntries(pairs) as Record<string, string>) },
  };
}
