import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Client, clientSignal, leavable } from './client-signal';

function connection() {
  const raw = Object.assign(new EventEmitter(), { writableFinished: false });
  const close = (writableFinished: boolean): void => {
    raw.writableFinished = writableFinished;
    raw.emit('close');
  };
  return { reply: { raw: raw as never }, close };
}

describe('a client', () => {
  it('has gone when its connection closes before its answer is out', () => {
    const { reply, close } = connection();
    const client = new Client(reply);
    const heard: boolean[] = [];
    client.onGone = () => heard.push(client.isGone);
    const { signal } = client;
    expect([client.isGone, signal.aborted]).toEqual([false, false]);
    close(false);
    expect([client.isGone, signal.aborted, heard]).toEqual([true, true, [true]]);
  });

  it('that has gone is gone for who asks later, too', () => {
    const { reply, close } = connection();
    const client = new Client(reply);
    close(false);
    expect([client.signal.aborted, client.signal]).toEqual([true, client.signal]);
  });

  it('that has its answer has not gone', () => {
    const { reply, close } = connection();
    const signal = clientSignal(reply);
    close(true);
    expect(signal.aborted).toBe(false);
  });
});

describe('a signal that can be left', () => {
  it('is aborted with the one that was given, also where that was so before', () => {
    const given = new AbortController();
    const { signal } = leavable(given.signal);
    expect(signal.aborted).toBe(false);
    given.abort();
    expect([signal.aborted, leavable(given.signal).signal.aborted]).toEqual([true, true]);
  });

  it('is aborted when its holder leaves, who then listens to the other no more', () => {
    const given = new EventTarget();
    const listening = new Set<unknown>();
    const spied = Object.assign(given, {
      aborted: false,
      addEventListener: (_name: string, listener: unknown) => listening.add(listener),
      removeEventListener: (_name: string, listener: unknown) => listening.delete(listener),
    });
    const { signal, leave } = leavable(spied as unknown as AbortSignal);
    expect(listening.size).toBe(1);
    leave();
    leave();
    expect([signal.aborted, listening.size]).toEqual([true, 0]);
  });
});
