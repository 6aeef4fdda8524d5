import { join } from 'node:path';
import type { CommandLine } from './command-line';
import { DirectSubject } from './subjects/direct-subject';
import { LuminaSubject, nameOf } from './subjects/lumina-subject';
import type { Durability, Variation } from './subjects/lumina-services';
import { Model } from './subjects/model';
import { installPeer, isInstalled } from './subjects/peer-install';
import { type Peer, peersFolder, peersNamed, readPeers } from './subjects/peer-list';
import { PeerSubject } from './subjects/peer-subject';
import type { Subject } from './subjects/subject';

export interface Surroundings {
  /** Where everything that it leaves on the disk goes. */
  readonly root: string;
  /** Where the results go, and profiles beside them. */
  readonly results: string;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What is measured, all of it started and stopped here. */
export class Stages {
  readonly subjects: Subject[] = [];
  /** Peers that could not be had, subjects that died, and why. */
  readonly absent: Record<string, string> = {};
  readonly direct: DirectSubject;
  private readonly started: Subject[];

  private constructor(
    readonly model: Model,
    private readonly options: CommandLine,
    private readonly surroundings: Surroundings,
  ) {
    this.direct = new DirectSubject(model.url);
    this.started = [this.direct];
  }

  static async open(options: CommandLine, surroundings: Surroundings): Promise<Stages> {
    // Before anything is started: a peer that does not exist is wrong usage.
    const peers = options.peers === undefined ? [] : peersNamed(readPeers(peersFolder), options.peers);
    const stages = new Stages(await Model.start(surroundings.root), options, surroundings);
    try {
      for (const durability of options.durabilities)
        stages.subjects.push(await stages.lumina(nameOf(durability), durability));
      for (const peer of peers) await stages.addPeer(peer);
    } catch (error) {
      await stages.close();
      throw error;
    }
    return stages;
  }

  fell({ name, title }: Subject, why: string): void {
    this.absent[name] ??= why;
    this.surroundings.progress(`${title} ${why}`);
  }

  /** Another Lumina, in the first durability that was asked for. */
  async another(name: string, variation?: Variation): Promise<LuminaSubject> {
    const [durability = 'local'] = this.options.durabilities;
    return this.lumina(name, durability, variation);
  }

  async close(): Promise<void> {
    await Promise.all(this.started.map((subject) => subject.stop()));
    await this.model.stop();
  }

  private async lumina(
    name: string,
    durability: Durability,
    variation: Variation = {},
  ): Promise<LuminaSubject> {
    const { root, results, progress } = this.surroundings;
    const { replicas, isProfiled } = this.options;
    const subject = await LuminaSubject.plan({
      ...{ name, durability, replicas, modelUrl: this.model.url, folder: join(root, name), variation },
      profiles: isProfiled ? join(results, 'profiles') : undefined,
    });
    progress(`starting ${subject.title}`);
    await this.start(subject);
    return subject;
  }

  private async addPeer(peer: Peer): Promise<void> {
    const { root, progress } = this.surroundings;
    try {
      if (!isInstalled(peersFolder, peer)) {
        progress(`installing ${peer.title}`);
        await installPeer(peersFolder, peer, progress);
      }
      const plan = { peersFolder, modelUrl: this.model.url, folder: join(root, peer.name) };
      const subject = await PeerSubject.plan(peer, plan);
      progress(`starting ${subject.title}`);
      await this.start(subject);
      this.subjects.push(subject);
    } catch (error) {
      this.surroundings.signal.throwIfAborted();
      this.absent[peer.name] = (error as Error).message;
      progress(`${peer.name} is left out: ${(error as Error).message}`);
    }
  }

  private async start(subject: Subject): Promise<void> {
    this.surroundings.signal.throwIfAborted();
    // Also what has only half started must be stopped.
    this.started.push(subject);
    await subject.start();
  }
}
