import type { Release, Role } from '@lumina/testbed';
import type { Chance } from './chance';
import type { DrillStack } from './stack/drill-stack';
import type { Terrain } from './stack/terrain';
import type { DrillFolder } from './stack/drill-files';

export interface DrillOptions {
  readonly isShort: boolean;
  readonly seed: number;
  /** Creations a second. */
  readonly rate: number;
  /** How long the disturbance lasts; undefined: as long as the drill needs. */
  readonly seconds: number | undefined;
  /** How often something is disturbed; undefined: as often as the drill needs. */
  readonly times: number | undefined;
  /** The one case that is gone through; undefined: all. */
  readonly only?: string | undefined;
  /** For how long nothing is broken and nothing may be heard; undefined: cases are gone through instead. */
  readonly quietMinutes?: number | undefined;
  /** For `rollout`: the commit that is the old version, and the tags of images of both versions; undefined: as the drill sees fit. */
  readonly from: string | undefined;
  readonly images: readonly [string, string] | undefined;
}

/** What a drill works with. */
export interface DrillContext {
  readonly options: DrillOptions;
  readonly chance: Chance;
  readonly folder: DrillFolder;
  readonly progress: (text: string) => void;
  /** Fires when the drill is interrupted. */
  readonly signal: AbortSignal;
}

export interface LoadContext extends DrillContext {
  readonly stack: DrillStack;
  /** Puts a disturbance on record; recovery counts from now. */
  readonly disturbed: (what: string) => void;
  /** Puts a broken promise on record that the counts do not show. */
  readonly broke: (what: string) => void;
}

/** What a drill must not exceed. Milliseconds. */
export interface Bars {
  readonly recoveryP99Ms?: number;
  readonly firstAcknowledgementMs?: number;
  readonly standstillMs?: number;
  /** How much longer creations may take (p99) from the first disturbance to the last than before. */
  readonly creationRatio?: number;
  /** No call may be left with an unknown outcome: nothing was killed. */
  readonly hasNoUnknown?: boolean;
}

/** A drill that disturbs a stack while clients keep coming. */
export interface LoadDrill {
  readonly kind: 'load';
  /** Where its processes live; undefined: side by side on the loopback interface. */
  readonly terrain?: (signal: AbortSignal) => Promise<Terrain>;
  readonly bars: Bars;
  /** What services are started from at first; undefined: the present build. */
  readonly release?: (context: DrillContext) => Promise<Release>;
  /** Resolves when the last disturbance is over. */
  disturb(context: LoadContext): Promise<void>;
}

/** A drill that goes through cases one by one. */
export interface CaseDrill {
  readonly kind: 'cases';
  run(context: DrillContext): Promise<readonly CaseResult[]>;
}

export interface CaseResult {
  readonly name: string;
  /** Undefined: as it should be. */
  readonly fault: string | undefined;
  readonly detail: string;
}

export type Drill = LoadDrill | CaseDrill;

export type { Role };
