import { Refusal } from '../command-line/refusal';
import { freePort, tryPort } from '../processes/free-port';
import { type StackOptions, type StackReporter, defaultHealthPort, defaultPort } from './stack-options';

const listenHost = (env: StackOptions['caller']['env']): string => {
  const host = (env['LUMINA_HOST'] ?? '').trim();
  return host === '' ? '127.0.0.1' : host;
};

/** @throws Refusal when the port that was asked for is taken */
export async function gatewayPort({ port, caller }: StackOptions, reporter: StackReporter): Promise<number> {
  const host = listenHost(caller.env);
  const wanted = port ?? defaultPort;
  const found = await tryPort(wanted, host);
  if (found !== undefined) return found;
  if (port !== undefined)
    throw new Refusal(`port ${port} is taken: stop what listens there, or choose another with --port N`);
  const other = await freePort(host);
  reporter.progress(`port ${defaultPort} is taken by something else: the gateway listens on ${other}`);
  return other;
}

/** Beside the gateway's where that was asked for, so that two stacks that start at once do not both take the default. */
export async function healthPort({ port, caller }: StackOptions, taken: number): Promise<number> {
  const host = listenHost(caller.env);
  const wanted = port === undefined ? defaultHealthPort : port + 1;
  const isUsable = wanted !== taken && wanted < 65_536;
  const found = isUsable ? await tryPort(wanted, host) : undefined;
  return found ?? freePort(host);
}
