import { type ThrowawaySentinels, eventually, startSentinels } from '@lumina/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SentinelSurvey, surveySentinels } from './sentinel-survey';
import { sentinelFaults, sentinelsProbe } from './sentinels-probe';

const well: SentinelSurvey = {
  sentinels: 3,
  reachable: 3,
  named: ['a:1'],
  withQuorum: 3,
  masters: ['a:1'],
  replicas: { known: 2, up: 2 },
};

describe('what is wrong with a group of Sentinels', () => {
  it.each<[string, Partial<SentinelSurvey>, RegExp | undefined]>([
    ['nothing', {}, undefined],
    ['a Sentinel that is away', { reachable: 2 }, /^1 of 3 Sentinels do not answer$/],
    ['too few for a failover', { withQuorum: 0 }, /carry out a failover/],
    ['two named', { named: ['a:1', 'b:1'] }, /disagree about the master: a:1 and b:1/],
    ['two masters', { masters: ['a:1', 'b:1'] }, /a:1 and b:1 both say that they are the master/],
    ['no master', { masters: [] }, /no server says that it is the master/],
    ['a replica that is down', { replicas: { known: 2, up: 1 } }, /1 of 2 replicas are down/],
  ])('%s', (_what, change, fault) => {
    const faults = sentinelFaults({ ...well, ...change });
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it('says that Sentinels are away rather than that there is no master whom nobody could name', () => {
    const away = {
      ...well,
      reachable: 0,
      named: [],
      withQuorum: 0,
      masters: [],
      replicas: { known: 0, up: 0 },
    };
    expect(sentinelFaults(away)).toEqual(['3 of 3 Sentinels do not answer']);
  });
});

describe('a survey of real Sentinels', () => {
  let group: ThrowawaySentinels;
  beforeAll(async () => {
    group = await startSentinels();
  });
  afterAll(() => group.stop());

  const look = () =>
    surveySentinels({
      kind: 'sentinel',
      sentinels: group.sentinels,
      master: group.master,
      password: undefined,
      sentinelPassword: undefined,
    });

  it('finds one master, and all who know it', async () => {
    const survey = await eventually('a whole group', async () => {
      const found = await look();
      return sentinelFaults(found).length === 0 ? found : undefined;
    });
    expect(survey).toMatchObject({ reachable: 3, withQuorum: 3, replicas: { known: 2, up: 2 } });
    expect(survey.masters).toEqual(survey.named);
    const finding = await sentinelsProbe({ look, onLook: () => undefined }).run(new AbortController().signal);
    expect(finding).toEqual({
      isHealthy: true,
      detail: expect.stringMatching(/^3 Sentinels agree on 127\.0\.0\.1:\d+, 2 replicas are up$/),
    });
  });

  it('answers also for a group in which nobody is there', async () => {
    const sentinels = [{ host: '127.0.0.1', port: 1 }];
    const survey = await surveySentinels({
      ...{ kind: 'sentinel', sentinels, master: 'x', password: undefined, sentinelPassword: undefined },
    });
    expect(survey).toMatchObject({ sentinels: 1, reachable: 0, named: [], masters: [] });
  });
});
