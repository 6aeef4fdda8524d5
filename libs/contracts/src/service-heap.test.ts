import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { serviceHeapOptions } from './service-heap';

describe('what Node is told of the heap of a service', () => {
  it('is what the present Node knows', () => {
    const { status, stderr } = spawnSync(process.execPath, [...serviceHeapOptions, '--eval', ''], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
