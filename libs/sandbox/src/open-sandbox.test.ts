import { describe, expect, it } from '@jest/globals';
import { openSandbox, programPath } from './open-sandbox';

describe('openSandbox', () => {
  it('opens bubblewrap, which withstands its self-test', async () => {
    const { sandbox, faults } = await openSandbox('bubblewrap');
    await sandbox?.close();
    expect(faults).toEqual([]);
    expect(sandbox?.tier).toBe('bubblewrap');
  });
});

describe('programPath', () => {
  it('finds programs in the folders that sandboxes know, whatever PATH says', () => {
    expect(programPath('perl')).toBe('/usr/bin/perl');
    expect(programPath('no-such-program')).toBeUndefined();
  });
});
