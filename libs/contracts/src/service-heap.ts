/**
 * What Node is told of its heap when a service is started, whoever starts it: an image, `./lumina up`, a drill or the bench. In MB and percent.
 *
 * Left alone, V8 goes by the memory of the machine: where that is large, the two halves of the young generation grow to 64 MB each, and the old
 * one is collected when there is up to four times as much in it as was alive. See ADR 30.
 */
export const serviceHeapOptions: readonly string[] = [
  '--max-semi-space-size=16',
  '--heap-growing-percent=100',
];
