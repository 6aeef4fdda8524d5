import {
  type Resource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';

const closeWithinMs = 2_000;

/** How this process is called, unless the environment says otherwise. */
export function resourceOf(service: string): Resource {
  const named = resourceFromAttributes({ 'service.name': `lumina-${service}` });
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  return named.merge(detectResources({ detectors }));
}

/** `name=value,…`, as OpenTelemetry writes headers in one variable. */
export function headersIn(text = ''): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** What the collector has not taken by then is lost, and reported by the exporter. */
export async function closedInTime(shutdown: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeWithinMs);
  });
  await Promise.race([shutdown.catch(() => undefined), late]);
  clearTimeout(timer);
}
