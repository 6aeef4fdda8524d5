import { type FakeShell, fakeShell } from '../command-line/fake-shell';
import { type DataFolder, dataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { type Answer, type FakeGateway, startFakeGateway } from '../gateway/fake-gateway';
import { gatewayRecord, pretendStack } from './fake-stack';
import type { StackState } from './stack-state';

export interface World {
  readonly user: FakeShell;
  readonly gateway: FakeGateway;
  readonly data: DataFolder;
  readonly folder: string;
}

/** For tests: a ready stack whose gateway gives these answers. */
export async function withStack(
  answers: readonly Answer[],
  use: (world: World) => Promise<void>,
  changes: Partial<StackState> = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const gateway = await startFakeGateway(answers);
    const user = fakeShell({ env: { LUMINA_DATA: 'data' }, cwd: folder });
    const data = dataFolder(undefined, user);
    pretendStack(data, user, { processes: [gatewayRecord(gateway.url)], ...changes });
    try {
      await use({ user, gateway, data, folder });
    } finally {
      await gateway.close();
    }
  });
}
