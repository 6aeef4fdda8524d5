// The same with one partition instead of 24: what somebody would find who tunes a single node on two cores.
process.env.RESTATE_DEFAULT_NUM_PARTITIONS = '1';
await import('./peer.mjs');
